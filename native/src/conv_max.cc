// A convolution whose map is only looked at through windows: each window's
// rows are computed, reduced while they are in the first-level cache, and
// never written to memory.
#include "conv_pack.h"
#include "conv_windows.h"
#include "image_pairs.h"
#include "soon.h"

namespace shoal {

namespace {

class ConvMax final : public ConvJob {
 public:
  using ConvJob::ConvJob;
  Windows windows{};
  PerLane<const float> x, weight, bias;
  float* y = nullptr;
  uint8_t* winner = nullptr;

  bool run(const Chunk& chunk) const noexcept override {
    if (shape_.filters == 0) return true;
    const Taps rows = forward_taps(shape_.h), columns = forward_taps(shape_.w);
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      for (int64_t group = 0; group < shape_.groups; ++group) {
        if (!run_group(chunk, lane, group, rows, columns)) return false;
      }
    }
    return true;
  }

  int64_t image_small() const {
    return shape_.h.out / windows.height * (shape_.w.out / windows.width) * shape_.filters;
  }

 private:
  // One piece of one group's work: where it reads, and where its maxima go.
  struct Work {
    const Panel& panel;
    int64_t lane, group;
    Range images;
    int64_t width;       // columns
    int64_t row;         // floats a row of weights
    int64_t idle, until; // columns from the first one on that are zero
    int64_t at;          // of the first image and column
    const float* packed;
    const float* init;
    float* memory;       // of the panel
    bool pairs;          // two images at a time
  };

  bool run_group(const Chunk& chunk, int64_t lane, int64_t group, const Taps& rows,
                 const Taps& columns) const {
    const int64_t channels = in(lane, group), filters = out(lane, group);
    const int64_t first = group * shape_.group_filters();
    const int64_t begin = lane * shape_.batch * image_small() + first;
    const Piece piece = piece_of(chunk, shape_.batch, filters);
    const int64_t width = piece.columns.end - piece.columns.begin;
    if (piece.images.begin >= piece.images.end) return true;
    if (width <= 0) {
      if (chunk.share == 0 && filters == 0) zero_lane(begin);
      return true;
    }
    const Panel panel(rows, columns, shape_.h.size, shape_.w.size, channels, shape_.channels);
    const bool pairs = in_pairs(filters);
    const ImagesPanel images(panel, pairs);
    const int64_t terms = rows.size() * columns.size() * channels;
    float* memory = scratch(kPanelSlot, images.floats());
    float* packed = scratch(kWeightSlot, (terms + 1) * padded(width));
    if (memory == nullptr || packed == nullptr) return false;
    const float* own = bias.of(lane);
    pack_bias(own == nullptr ? nullptr : own + first, piece.columns, packed);
    pack_weights(shape_, weight.of(lane), group, channels, piece.columns, packed + padded(width));
    if (pairs) double_columns(packed, terms + 1, padded(width), width);
    images.prepare(memory);
    const int64_t vectors = wide(piece.columns, filters, shape_.group_filters());
    const int64_t wide_columns = wide_of_pairs(vectors, pairs);
    const int64_t rest = piece.columns.end == filters
                             ? shape_.group_filters() - piece.columns.begin
                             : wide_columns;
    const Work work{panel, lane, group, piece.images, wide_columns, padded(width), wide_columns,
                    rest,
                    begin + piece.columns.begin, packed + padded(width), packed, memory, pairs};
    if (channels == 1 && is_single_channel(shape_, windows)) {
      run_single(work);
      return true;
    }
    return run_rows(work, rows, columns, channels);
  }

  const float* image(const Work& work, int64_t b) const {
    return x.of(work.lane) + work.group * shape_.group_channels() + b * shape_.image_in();
  }

  void run_single(const Work& work) const {
    SingleChannel single =
        single_channel_of(shape_, windows, work.panel, work.memory, work.width, work.pairs);
    single.weight = work.packed;
    single.weight_row = work.row;
    const ImagesPanel images(work.panel, work.pairs);
    for (int64_t b = work.images.begin; b < work.images.end; b += images.each()) {
      const Together two = together(b, work.images.end, work.pairs);
      images.fill(image(work, b), image(work, two.second), 0, shape_.h.out, work.memory);
      const int64_t to = work.at + b * image_small();
      single.pair = two.apart() * image_small();
      kernels().single_channel(single, work.init, y + to, winner + to);
      zero_idle(work, two);
    }
  }

  bool run_rows(const Work& work, const Taps& rows, const Taps& columns, int64_t channels) const {
    const int64_t row_floats = shape_.w.out * work.row;
    float* band = scratch(kMapSlot, windows.height * row_floats);
    if (band == nullptr) return false;
    std::vector<Segment> segments = tap_segments(rows, columns, work.panel, channels, work.row);
    if (work.pairs) double_offsets(segments);
    const ImagesPanel images(work.panel, work.pairs);
    Product product{};
    product.a_row = work.panel.column_step() * images.each();
    product.a_term = images.each();
    product.pairs = work.pairs;
    product.b = work.packed;
    product.b_term = work.row;
    product.c_row = work.row;
    product.init = work.init;
    product.segments = segments.data();
    product.segment_count = static_cast<int64_t>(segments.size());
    product.rows = shape_.w.out;
    product.columns = work.width;
    WindowRow window{windows.height, windows.width, shape_.w.out / windows.width, work.width,
                     row_floats, work.row, shape_.filters, windows.rectified, work.pairs, 0};
    const int64_t block = work.panel.rows_at_once();
    for (int64_t b = work.images.begin; b < work.images.end; b += images.each()) {
      const Together two = together(b, work.images.end, work.pairs);
      window.pair = two.apart() * image_small();
      int64_t to = work.at + b * image_small();
      Soon soon;
      const int64_t next = b + images.each();
      if (next < work.images.end) {
        const int64_t count = std::min(images.each(), work.images.end - next);
        soon.add(y + work.at + next * image_small(), count * image_small());
        soon.add(image(work, next), count * shape_.image_in());
      }
      product.ahead = soon.ahead();
      for (int64_t q = 0; q < shape_.h.out; ++q) {
        if (q % block == 0) {
          images.fill(image(work, b), image(work, two.second), q,
                      std::min(shape_.h.out, q + block), work.memory);
        }
        product.a = work.memory + q % block * work.panel.row_step() * images.each();
        product.c = band + q % windows.height * row_floats;
        kernels().product(product);
        if (q % windows.height != windows.height - 1) continue;
        kernels().max_of_row(window, band, y + to, winner + to);
        to += shape_.w.out / windows.width * shape_.filters;
      }
      zero_idle(work, two);
    }
    return true;
  }

  // A lane with no filter in use.
  void zero_lane(int64_t begin) const {
    const int64_t pixels = shape_.batch * image_small() / shape_.filters;
    zero_columns(y + begin, pixels, shape_.filters, 0, shape_.group_filters());
    zero_columns(winner + begin, pixels, shape_.filters, 0, shape_.group_filters());
  }

  // Of images, while they are in the cache.
  void zero_idle(const Work& work, Together images) const {
    if (work.idle == work.until) return;
    const int64_t pixels = image_small() / shape_.filters * (images.apart() + 1);
    const int64_t at = work.at + images.first * image_small();
    zero_columns(y + at, pixels, shape_.filters, work.idle, work.until);
    zero_columns(winner + at, pixels, shape_.filters, work.idle, work.until);
  }
};

}  // namespace

std::unique_ptr<Job> conv_max(const ConvShape& shape, const Windows& windows,
                              PerLane<const float> x, PerLane<const float> weight,
                              PerLane<const float> bias, float* y, uint8_t* winner,
                              int64_t threads) {
  auto job = std::make_unique<ConvMax>(shape);
  job->windows = windows;
  job->x = x;
  job->weight = weight;
  job->bias = bias;
  job->y = y;
  job->winner = winner;
  job->cut(shape.batch * blocks_of(shape.group_filters()), shape.batch * job->image_small(),
           threads);
  return job;
}

const float* MapGradient::image(const ConvShape& shape, int64_t lane, int64_t b, Range columns,
                                float* memory, float* sums) const {
  if (!spread()) {
    const float* map = dy.of(lane) + b * shape.image_out();
    if (sums != nullptr) {
      kernels().column_sums(map + columns.begin, shape.filters, shape.h.out * shape.w.out,
                            columns.end - columns.begin, sums, true);
    }
    return map;
  }
  const int64_t down = shape.h.out / windows.height, across = shape.w.out / windows.width;
  const WindowRow window{windows.height, windows.width, across, columns.end - columns.begin,
                         shape.w.out * shape.filters, shape.filters, shape.filters, false,
                         false, 0};
  const int64_t row = across * shape.filters;
  for (int64_t q = 0; q < down; ++q) {
    const int64_t from = (b * down + q) * row + columns.begin;
    kernels().spread_row(window, dy.of(lane) + from, winner.of(lane) + from,
                         memory + q * windows.height * window.row + columns.begin, sums);
  }
  return memory;
}

}  // namespace shoal
