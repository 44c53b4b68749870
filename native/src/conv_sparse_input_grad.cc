#include "conv_sparse.h"

namespace shoal {

namespace {

// A table should stay in the second-level cache.
constexpr int64_t kMostTableFloats = 64 * 1024;

}  // namespace

// The weights of each filter as rows of (tap, channel), once for each column of the
// window, moved there, with as many rows of zeros around them as the window is high.
// From the right row on it is a patch, all input pixels that a window sees, for any
// winner of the window: so a window's patch is one sum in registers.
struct SparseInputGrad::Table {
  int64_t rows, columns;  // of a patch; columns are floats
  int64_t lead;           // rows of zeros before a filter's weights, and behind
  int64_t row;            // floats
  int64_t filter;         // floats from one filter to the next
  int64_t shift;          // floats from one column of the window to the next
  int64_t floats;

  Table(const ConvShape& s, const Windows& w, int64_t channels, int64_t filters)
      : rows(s.h.window + (w.height - 1) * s.h.stride),
        columns((s.w.window + (w.width - 1) * s.w.stride) * channels),
        lead((w.height - 1) * s.h.stride),
        row(padded(columns)),
        filter((s.h.window + 2 * lead) * row),
        shift(filters * filter),
        floats(w.width * shift) {}
};

// dx of one image with its border: [row][column][channel], channels packed.
struct SparseInputGrad::Padded {
  int64_t height, width, row, floats;
  Padded(const ConvShape& s, int64_t channels)
      : height((s.h.out - 1) * s.h.stride + s.h.window),
        width((s.w.out - 1) * s.w.stride + s.w.window),
        row(width * channels),
        floats(height * row) {}
};

// What the images of one lane and group have in common.
struct SparseInputGrad::Work {
  const Table& table;
  const Padded& padded;
  int64_t lane, group, channels, filters;
  Winners winners;
  const float* patches;
  float* memory;  // of the padded image
  int32_t* at;  // where the gradients of a window's filters belong, and the gradients
  float* value;
};

bool SparseInputGrad::takes(int64_t channels, int64_t filters) const {
  return told_by_winners(shape_, dy_) && shape_.h.out > 0 && shape_.w.out > 0 &&
         channels > 0 && filters > 0 &&
         Table(shape_, dy_.windows, channels, filters).floats <= kMostTableFloats;
}

bool SparseInputGrad::run(int64_t lane, int64_t group, int64_t channels, int64_t filters,
                          Range images) const {
  if (images.begin >= images.end) return true;
  const Table table(shape_, dy_.windows, channels, filters);
  const Padded padded_image(shape_, channels);
  const int64_t room = padded(filters) + 16;
  float* patches = scratch(kWeightSlot, table.floats + 16);
  float* memory = scratch(kPanelSlot, padded_image.floats + 16);
  float* lists = scratch(kMapSlot, 2 * room);
  if (patches == nullptr || memory == nullptr || lists == nullptr) return false;
  fill_zero(patches, table.floats + 16);
  pack(table, weight_.of(lane) + group * shape_.group_filters(), channels, filters, patches);
  int32_t* at = reinterpret_cast<int32_t*>(lists + room);
  const Work work{table,   padded_image, lane, group,     channels, filters,
                  winners_of(table), patches, memory, at, lists};
  float* to = dx_ + lane * shape_.batch * shape_.image_in() + group * shape_.group_channels();
  for (int64_t b = images.begin; b < images.end; ++b) {
    fill_zero(memory, padded_image.floats + 16);
    add_windows(work, b);
    write(work, to + b * shape_.image_in());
  }
  return true;
}

Winners SparseInputGrad::winners_of(const Table& table) const {
  Winners w{};
  w.places = static_cast<int32_t>(dy_.windows.height * dy_.windows.width);
  w.step = static_cast<int32_t>(table.filter);
  for (int64_t p = 0; p < w.places; ++p) {
    const int64_t down = p / dy_.windows.width, right = p % dy_.windows.width;
    w.place[p] = static_cast<int32_t>(right * table.shift +
                                      (table.lead - down * shape_.h.stride) * table.row);
  }
  return w;
}

void SparseInputGrad::pack(const Table& table, const float* from, int64_t channels,
                           int64_t filters, float* patches) const {
  for (int64_t i = 0; i < shape_.h.window; ++i) {
    for (int64_t j = 0; j < shape_.w.window; ++j) {
      for (int64_t right = 0; right < dy_.windows.width; ++right) {
        float* to = patches + right * table.shift + (table.lead + i) * table.row +
                    (right * shape_.w.stride + j) * channels;
        // A tap's weights [channel][filter], turned: a filter's channels side by side.
        for (int64_t c = 0; c < channels; ++c) {
          const float* weights = from + c * shape_.filters;
          for (int64_t n = 0; n < filters; ++n) to[n * table.filter + c] = weights[n];
        }
      }
      from += shape_.group_channels() * shape_.filters;
    }
  }
}

void SparseInputGrad::add_windows(const Work& work, int64_t b) const {
  const WindowGrid grid(shape_, dy_.windows);
  const int64_t first =
      b * grid.count() * shape_.filters + work.group * shape_.group_filters();
  const float* gradient = dy_.dy.of(work.lane) + first;
  const uint8_t* winner = dy_.winner.of(work.lane) + first;
  SparseSum sum{};
  sum.from = work.patches;
  sum.row = work.table.row;
  sum.sums_row = work.padded.row;
  sum.rows = work.table.rows;
  sum.columns = work.table.columns;
  WindowGradients row{gradient, winner, shape_.filters, grid.across, work.filters};
  const int64_t right = dy_.windows.width * shape_.w.stride * work.channels;
  for (int64_t r = 0; r < grid.down; ++r) {
    sum.sums = work.memory + r * dy_.windows.height * shape_.h.stride * work.padded.row;
    kernels().add_windows(work.winners, row, sum, right, work.at, work.value);
    row.dy += grid.across * shape_.filters;
    row.winner += grid.across * shape_.filters;
  }
}

// The image without its border, idle channels zero.
void SparseInputGrad::write(const Work& work, float* to) const {
  const int64_t width = shape_.group_channels(), channels = work.channels;
  const int64_t inside =
      std::clamp<int64_t>(work.padded.width - shape_.w.pad, 0, shape_.w.size);
  for (int64_t y = 0; y < shape_.h.size; ++y, to += shape_.w.size * shape_.channels) {
    const int64_t row = y + shape_.h.pad;
    const int64_t seen = row < work.padded.height ? inside : 0;
    const float* from = work.memory + row * work.padded.row + shape_.w.pad * channels;
    kernels().unpack_pixels(from, seen, channels, width, shape_.channels, to);
    zero_columns(to + seen * shape_.channels, shape_.w.size - seen, shape_.channels, 0, width);
  }
}

}  // namespace shoal
