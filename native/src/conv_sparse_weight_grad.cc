#include "conv_sparse.h"

namespace shoal {

// Some filters of one lane and group, and the memory for them.
struct SparseWeightGrad::Work {
  const Panel& panel;
  int64_t lane, group, channels;
  Range filters;
  int64_t windows = 0, room = 0;  // at once; floats that a list of them takes
  int64_t row = 0, filter = 0;    // floats of a row of sums, of a filter's
  float* memory = nullptr;        // of the panel
  float* sums = nullptr;          // [filter][row of taps][tap, channel]
  float* bias = nullptr;
  // Where gradients belong, and the gradients: by window and filter, by filter and
  // window, and what is kept of one filter.
  int32_t *at = nullptr, *turned_at = nullptr, *kept_at = nullptr;
  float *value = nullptr, *turned = nullptr, *kept = nullptr;

  int64_t width() const { return filters.end - filters.begin; }
};

bool SparseWeightGrad::takes(const Panel& panel) const {
  return told_by_winners(shape_, dy_) && panel.row_step() > 0 &&
         panel.rows_at_once() >= dy_.windows.height;
}

// dw of a filter = sum over the windows whose winner has a gradient of the input
// pixels under that winner, times the gradient.
bool SparseWeightGrad::run(int64_t lane, int64_t group, const Panel& panel, int64_t channels,
                           Range filters) const {
  Work work{panel, lane, group, channels, filters};
  if (!take_memory(work)) return false;
  add_images(work);
  write(work);
  return true;
}

bool SparseWeightGrad::take_memory(Work& work) const {
  const WindowGrid grid(shape_, dy_.windows);
  work.windows = work.panel.rows_at_once() / dy_.windows.height * grid.across;
  work.room = padded(work.windows) + 16;
  work.row = padded(shape_.w.window * work.channels);
  work.filter = shape_.h.window * work.row;
  const int64_t width = padded(work.width()), sums = work.width() * work.filter + width;
  const int64_t list = width * work.room;
  work.memory = scratch(kPanelSlot, work.panel.floats() + 16);
  work.sums = scratch(kSumSlot, sums);
  work.value = scratch(kMapSlot, 4 * list + 2 * work.room);
  if (work.memory == nullptr || work.sums == nullptr || work.value == nullptr) return false;
  work.bias = work.sums + work.width() * work.filter;
  work.turned = work.value + list;
  work.kept = work.value + 2 * list;
  work.at = reinterpret_cast<int32_t*>(work.kept + work.room);
  work.turned_at = work.at + list;
  work.kept_at = work.at + 2 * list;
  fill_zero(work.sums, sums);
  fill_zero(work.memory + work.panel.floats(), 16);
  work.panel.prepare(work.memory);
  return true;
}

Winners SparseWeightGrad::winners_of(const Panel& panel) const {
  Winners w{};
  w.places = static_cast<int32_t>(dy_.windows.height * dy_.windows.width);
  for (int64_t p = 0; p < w.places; ++p) {
    w.place[p] = static_cast<int32_t>(p / dy_.windows.width * panel.row_step() +
                                      p % dy_.windows.width * panel.column_step());
  }
  return w;
}

void SparseWeightGrad::add_images(const Work& work) const {
  const WindowGrid grid(shape_, dy_.windows);
  const Winners winners = winners_of(work.panel);
  const float* image = x_.of(work.lane) + work.group * shape_.group_channels();
  for (int64_t b = 0; b < shape_.batch; ++b, image += shape_.image_in()) {
    for (int64_t first = 0; first < grid.count(); first += work.windows) {
      const Range windows{first, std::min(grid.count(), first + work.windows)};
      list(work, winners, b, windows);
      work.panel.fill(image, windows.begin / grid.across * dy_.windows.height,
                      windows.end / grid.across * dy_.windows.height, work.memory);
      add_filters(work, windows.end - windows.begin);
    }
  }
}

// The gradients of whole rows of windows, by window and filter, and their sums.
void SparseWeightGrad::list(const Work& work, const Winners& winners, int64_t b,
                            Range windows) const {
  const WindowGrid grid(shape_, dy_.windows);
  const int64_t first = work.group * shape_.group_filters() + work.filters.begin;
  const int64_t from = (b * grid.count() + windows.begin) * shape_.filters + first;
  const float* gradient = dy_.dy.of(work.lane) + from;
  const uint8_t* winner = dy_.winner.of(work.lane) + from;
  const int64_t width = padded(work.width()), count = windows.end - windows.begin;
  WindowGradients row{gradient, winner, shape_.filters, grid.across, work.width()};
  const int64_t right = dy_.windows.width * work.panel.column_step();
  for (int64_t w = 0; w < count; w += grid.across) {
    const int64_t down = w / grid.across * dy_.windows.height * work.panel.row_step();
    kernels().locate(winners, row, static_cast<int32_t>(down), static_cast<int32_t>(right),
                     work.at + w * width, work.value + w * width, width);
    row.dy += grid.across * shape_.filters;
    row.winner += grid.across * shape_.filters;
  }
  kernels().column_sums(work.value, width, count, work.width(), work.bias, true);
}

void SparseWeightGrad::add_filters(const Work& work, int64_t windows) const {
  const int64_t width = padded(work.width());
  const Kernels& table = kernels();
  table.transpose(work.value, width, windows, work.width(), work.turned, work.room);
  table.transpose(reinterpret_cast<const float*>(work.at), width, windows, work.width(),
                  reinterpret_cast<float*>(work.turned_at), work.room);
  SparseSum sum{};
  sum.at = work.kept_at;
  sum.value = work.kept;
  sum.from = work.memory;
  sum.row = work.panel.row_floats();
  sum.sums_row = work.row;
  sum.rows = shape_.h.window;
  sum.columns = shape_.w.window * work.channels;
  for (int64_t n = 0; n < work.width(); ++n) {
    sum.count = table.keep_nonzero(work.turned_at + n * work.room, work.turned + n * work.room,
                                   windows, work.kept_at, work.kept);
    sum.sums = work.sums + n * work.filter;
    table.sparse_sum(sum);
  }
}

// The sums as weights [tap][channel][filter].
void SparseWeightGrad::write(const Work& work) const {
  const int64_t first = work.group * shape_.group_filters() + work.filters.begin;
  const int64_t tap = shape_.group_channels() * shape_.filters;
  float* to = dw_ + work.lane * shape_.h.window * shape_.w.window * tap + first;
  for (int64_t i = 0; i < shape_.h.window; ++i) {
    for (int64_t j = 0; j < shape_.w.window; ++j, to += tap) {
      kernels().transpose(work.sums + i * work.row + j * work.channels, work.filter,
                          work.width(), work.channels, to, shape_.filters);
    }
  }
  float* sums = db_ + work.lane * shape_.filters + first;
  for (int64_t n = 0; n < work.width(); ++n) sums[n] = work.bias[n];
}

}  // namespace shoal
