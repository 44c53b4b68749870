#include "conv_sparse.h"
#include "conv_weight_sums.h"
#include "conv_windows.h"
#include "image_pairs.h"

namespace shoal {

namespace {

// Filters are shared out by two vectors, as many as a tile is wide, or by one where there
// are not more; taps in two halves at most: what has few taps has few accumulators, and
// waits for them.
constexpr int64_t kVector = 16, kTapShares = 2;

// Taps side by side, of all channels, from which on pairs of images fill a tile.
constexpr int64_t kTaps = 8;

int64_t block_of(int64_t filters) { return filters > kVector ? 2 * kVector : kVector; }

int64_t blocks_of_filters(int64_t filters) {
  return (filters + block_of(filters) - 1) / block_of(filters);
}

// dw[i, j, c, n] = sum over images and outputs q, p of
//     x[q * stride + offset_i, p * stride + offset_j, c] * dy[q, p, n].
//
// The sum is taken image by image: short chains added to a total keep the
// rounding error small when batch x pixels is large.
class ConvWeightGrad final : public ConvJob {
 public:
  using ConvJob::ConvJob;
  PerLane<const float> x;
  MapGradient dy;
  float* dw = nullptr;
  float* db = nullptr;

  bool run(const Chunk& chunk) const noexcept override {
    const Taps rows = forward_taps(shape_.h), columns = forward_taps(shape_.w);
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      if (chunk.share == 0) zero_idle(lane);
      for (int64_t group = 0; group < shape_.groups; ++group) {
        if (!run_group(chunk, lane, group, rows, columns)) return false;
      }
    }
    return true;
  }

 private:
  WeightShare share_of_weights(const Chunk& chunk, int64_t filters) const {
    const int64_t blocks = std::max<int64_t>(1, blocks_of_filters(filters));
    const int64_t across = std::min(chunk.shares, blocks);
    const int64_t down = std::min(chunk.shares / across, shape_.h.window);
    if (chunk.share >= across * down) return {{0, 0}, {0, 0}, 0};
    const Range block = share_of(blocks, chunk.share % across, across);
    const int64_t wide_block = block_of(filters);
    const Range busy{block.begin * wide_block, std::min(filters, block.end * wide_block)};
    return {share_of(shape_.h.window, chunk.share / across, down), busy,
            wide(busy, filters, shape_.group_filters())};
  }

  void zero_idle(int64_t lane) const {
    const int64_t taps = shape_.h.window * shape_.w.window;
    float* to = dw + lane * taps * shape_.group_channels() * shape_.filters;
    for (int64_t group = 0; group < shape_.groups; ++group) {
      const int64_t channels = in(lane, group), filters = out(lane, group);
      const int64_t width = shape_.group_filters();
      for (int64_t row = 0; row < taps * shape_.group_channels(); ++row) {
        const int64_t busy = row % shape_.group_channels() < channels ? filters : 0;
        fill_zero(to + row * shape_.filters + group * width + busy, width - busy);
      }
      fill_zero(db + lane * shape_.filters + group * width + filters, width - filters);
    }
  }

  bool run_group(const Chunk& chunk, int64_t lane, int64_t group, const Taps& rows,
                 const Taps& columns) const {
    const int64_t channels = in(lane, group), filters = out(lane, group);
    const Panel panel(rows, columns, shape_.h.size, shape_.w.size, channels, shape_.channels);
    const SparseWeightGrad sparse(shape_, dy, x, dw, db);
    if (channels > 0 && !is_single() && sparse.takes(panel)) {
      return sparse.run(lane, group, panel, channels, share_of(filters, chunk.share, chunk.shares));
    }
    const WeightShare share = share_of_weights(chunk, filters);
    const bool busy = share.width() > 0 && channels > 0 && share.taps.begin < share.taps.end;
    const int64_t taps = busy ? (share.taps.end - share.taps.begin) * columns.size() : 0;
    const bool pairs = in_pairs(filters) &&
                       (is_single() || (!dy.spread() && shape_.w.window * channels >= kTaps));
    const int64_t sum_floats = taps * channels * padded(share.width());
    float* sums = scratch(kSumSlot, sum_floats + padded(filters));
    // A spread map, or two of which each value lies beside the other's.
    const int64_t pixels = shape_.h.out * shape_.w.out;
    const int64_t map_floats = dy.spread() ? shape_.image_out() : pixels * kernels().vector;
    float* map = dy.spread() || pairs ? scratch(kMapSlot, map_floats) : nullptr;
    if (sums == nullptr || ((dy.spread() || pairs) && map == nullptr)) return false;
    fill_zero(sums, sum_floats + padded(filters));
    float* bias = sums + sum_floats;
    if (!busy) {
      if (chunk.share != 0) return true;
      for (int64_t b = 0; b < shape_.batch; ++b) {
        gradient_of(lane, group, b, filters, share, map, bias);
      }
      write_bias(lane, group, {0, filters}, bias);
      return true;
    }
    const ImagesPanel images(panel, pairs);
    float* memory = scratch(kPanelSlot, images.floats());
    if (memory == nullptr) return false;
    images.prepare(memory);
    const float* image = x.of(lane) + group * shape_.group_channels();
    if (channels == 1 && is_single()) {
      add_single(lane, panel, images, image, share, memory, sums, bias);
      write_bias(lane, group, share.filters, bias);
      write(lane, group, share, channels, sums);
      return true;
    }
    const WeightSums total(shape_, panel, images, share, channels, memory, sums);
    sum_images(chunk, lane, group, total, share, image, map, bias, pairs);
    if (chunk.share == 0) write_bias(lane, group, {0, filters}, bias);
    write(lane, group, share, channels, sums);
    return true;
  }

  void sum_images(const Chunk& chunk, int64_t lane, int64_t group, const WeightSums& total,
                  const WeightShare& share, const float* image, float* map, float* bias,
                  bool pairs) const {
    const int64_t filters = out(lane, group);
    float* own = chunk.share == 0 ? bias : nullptr;
    if (pairs) fill_zero(map, shape_.h.out * shape_.w.out * kernels().vector);
    for (int64_t b = 0; b < shape_.batch; b += pairs ? 2 : 1) {
      const Together two = together(b, shape_.batch, pairs);
      const float* gradient = gradient_of(lane, group, b, filters, share, map, own);
      if (pairs) gradient = pair_of(lane, group, two, gradient, map, own);
      total.add(two, image, gradient + (pairs ? 0 : share.filters.begin), dy.dy.of(lane),
                dy.image_floats(shape_));
    }
    if (pairs) total.add_halves();
  }

  // Two images' gradients, each value beside the other's; zeros where there is no second.
  const float* pair_of(int64_t lane, int64_t group, Together two, const float* gradient,
                       float* map, float* bias) const {
    const int64_t pixels = shape_.h.out * shape_.w.out, vector = kernels().vector;
    const int64_t filters = out(lane, group), first = group * shape_.group_filters();
    if (two.apart() > 0) {
      const Range all{first, first + filters};
      const float* other = dy.image(shape_, lane, two.second, all, nullptr, bias) + first;
      kernels().interleave(gradient, other, shape_.filters, pixels, filters, map, vector);
      return map;
    }
    for (int64_t p = 0; p < pixels; ++p) {
      for (int64_t n = 0; n < filters; ++n) {
        map[p * vector + 2 * n] = gradient[p * shape_.filters + n];
        map[p * vector + 2 * n + 1] = 0.0f;
      }
    }
    return map;
  }

  void write_bias(int64_t lane, int64_t group, Range filters, const float* sums) const {
    float* to = db + lane * shape_.filters + group * shape_.group_filters();
    for (int64_t n = filters.begin; n < filters.end; ++n) to[n] = sums[n - filters.begin];
  }

  bool is_single() const { return dy.spread() && is_single_channel(shape_, dy.windows); }

  // The gradient of one image's map from the first filter of the group on; its
  // sums are added to `bias` unless that is null. What is spread for the sums
  // is all filters, for the products this share's alone.
  const float* gradient_of(int64_t lane, int64_t group, int64_t b, int64_t filters,
                           const WeightShare& share, float* map, float* bias) const {
    const int64_t first = group * shape_.group_filters();
    const Range busy = bias != nullptr
                           ? Range{first, first + whole(filters, shape_.group_filters())}
                           : Range{first + share.filters.begin,
                                   first + share.filters.begin + share.wide};
    return dy.image(shape_, lane, b, busy, map, bias) + first;
  }

  void add_single(int64_t lane, const Panel& panel, const ImagesPanel& images, const float* image,
                  const WeightShare& share, float* memory, float* sums, float* bias) const {
    const bool pairs = images.each() > 1;
    const int64_t wide = wide_of_pairs(share.wide, pairs);
    SingleChannel one = single_channel_of(shape_, dy.windows, panel, memory, wide, pairs);
    one.weight_row = padded(share.width());
    one.pair = one.out_h * one.out_w * shape_.filters;
    for (int64_t b = 0; b < shape_.batch; b += images.each()) {
      const Together two = together(b, shape_.batch, pairs);
      const float* from = image + b * shape_.image_in();
      if (two.apart() == 0 && pairs) return add_last(lane, panel, one, b, from, share, sums, bias);
      images.fill(from, image + two.second * shape_.image_in(), 0, shape_.h.out, memory);
      const int64_t at = b * one.pair + share.filters.begin;
      kernels().single_channel_grad(one, dy.dy.of(lane) + at, dy.winner.of(lane) + at, sums, bias);
    }
  }

  // The one image that has no second.
  void add_last(int64_t lane, const Panel& panel, SingleChannel one, int64_t b, const float* image,
                const WeightShare& share, float* sums, float* bias) const {
    float* memory = const_cast<float*>(one.panel);
    one.pairs = false;
    one.panel_row = panel.row_floats();
    panel.prepare(memory);
    panel.fill(image, 0, shape_.h.out, memory);
    const int64_t at = b * one.pair + share.filters.begin;
    kernels().single_channel_grad(one, dy.dy.of(lane) + at, dy.winner.of(lane) + at, sums, bias);
  }

  void write(int64_t lane, int64_t group, const WeightShare& share, int64_t channels,
             const float* sums) const {
    const int64_t width = share.width();
    const int64_t taps = shape_.h.window * shape_.w.window;
    float* to = dw + lane * taps * shape_.group_channels() * shape_.filters +
                group * shape_.group_filters() + share.filters.begin;
    for (int64_t tap = share.taps.begin * shape_.w.window;
         tap < share.taps.end * shape_.w.window; ++tap) {
      for (int64_t c = 0; c < channels; ++c) {
        float* row = to + (tap * shape_.group_channels() + c) * shape_.filters;
        for (int64_t n = 0; n < width; ++n) row[n] = sums[n];
        sums += padded(width);
      }
    }
  }
};

}  // namespace

std::unique_ptr<Job> conv_weight_grad(const ConvShape& shape, PerLane<const float> x,
                                      const MapGradient& dy, float* dw, float* db,
                                      int64_t threads) {
  auto job = std::make_unique<ConvWeightGrad>(shape);
  job->x = x;
  job->dy = dy;
  job->dw = dw;
  job->db = db;
  const int64_t weights = shape.h.window * shape.w.window * shape.channels * shape.filters;
  const bool single = dy.spread() && is_single_channel(shape, dy.windows);
  const int64_t shares = blocks_of_filters(shape.group_filters()) * (single ? 1 : kTapShares);
  job->cut(std::max<int64_t>(1, shares), weights, threads);
  return job;
}

}  // namespace shoal
