// What the three directions of a convolution share. Internal to them.
#ifndef SHOAL_CONV_JOB_H_
#define SHOAL_CONV_JOB_H_

#include <algorithm>

#include "column_blocks.h"
#include "conv.h"
#include "correlate.h"
#include "kernels.h"
#include "scratch.h"
#include "winograd.h"

namespace shoal {

enum Slot { kPanelSlot, kWeightSlot, kSumSlot, kMapSlot, kTransformedSlot, kTileSlot };

inline int64_t padded(int64_t columns) { return (columns + 15) / 16 * 16; }

// A width in use as whole vectors of 8, as far as the padded width allows: what
// lies between is zero, and cheaper to take along than to cut off.
inline int64_t whole(int64_t used, int64_t width) {
  const int64_t rounded = (used + 7) / 8 * 8;
  return rounded <= width ? rounded : used;
}

inline Taps forward_taps(const Axis& axis) {
  Taps taps;
  taps.step = axis.stride;
  taps.count = axis.out;
  for (int64_t i = 0; i < axis.window; ++i) {
    taps.offset.push_back(i * axis.dilation - axis.pad);
    taps.tap.push_back(i);
  }
  return taps;
}

struct Piece {
  Range images, columns;
};

// By images, and by columns when there are more shares than images.
inline Piece piece_of(const Chunk& chunk, int64_t images, int64_t columns) {
  const int64_t down = std::max<int64_t>(1, std::min(chunk.shares, images));
  const int64_t across = chunk.shares / down;
  if (chunk.share >= across * down) return {{0, 0}, {0, 0}};
  const Range block = share_of(blocks_of(columns), chunk.share / down, across);
  return {share_of(images, chunk.share % down, down),
          {std::min(columns, block.begin * kColumnBlock),
           std::min(columns, block.end * kColumnBlock)}};
}

class ConvJob : public Job {
 public:
  explicit ConvJob(const ConvShape& shape) : shape_(shape) {}

  void cut(int64_t max_shares, int64_t result, int64_t threads) {
    std::vector<int64_t> costs(static_cast<size_t>(shape_.lanes));
    const int64_t pixels = shape_.batch * shape_.h.out * shape_.w.out;
    for (int64_t lane = 0; lane < shape_.lanes; ++lane) {
      const int64_t in = active(shape_.active_in, lane, shape_.channels);
      const int64_t out = active(shape_.active_out, lane, shape_.filters);
      costs[static_cast<size_t>(lane)] =
          pixels * shape_.h.window * shape_.w.window * in * out / shape_.groups + result;
    }
    chunks = cut_evenly(costs, max_shares, threads);
  }

 protected:
  // How many of a group's channels or filters a lane uses.
  int64_t in(int64_t lane, int64_t group) const {
    const int64_t width = shape_.group_channels();
    return std::clamp<int64_t>(active(shape_.active_in, lane, shape_.channels) - group * width, 0,
                               width);
  }
  int64_t out(int64_t lane, int64_t group) const {
    const int64_t width = shape_.group_filters();
    return std::clamp<int64_t>(active(shape_.active_out, lane, shape_.filters) - group * width, 0,
                               width);
  }
  // The columns of a piece, with idle ones that fill the last vector.
  int64_t wide(const Range& columns, int64_t used, int64_t width) const {
    return (columns.end == used ? whole(used, width) : columns.end) - columns.begin;
  }
  // By tiles where that takes less. False when memory ran out.
  static bool correlate(const Correlation& correlation, int64_t filters, Range images) {
    if (Winograd::takes(correlation.rows, correlation.columns, correlation.channels, filters)) {
      return correlate_by_tiles(Winograd(correlation), images);
    }
    float* memory = scratch(kPanelSlot, correlation.memory());
    if (memory == nullptr) return false;
    correlation.run(images, memory);
    return true;
  }
  static bool correlate_by_tiles(const Winograd& winograd, Range images) {
    float* memory = scratch(kPanelSlot, winograd.panel_floats());
    float* weights = scratch(kTransformedSlot, winograd.weight_floats());
    float* tiles = scratch(kTileSlot, winograd.tile_floats());
    if (memory == nullptr || weights == nullptr || tiles == nullptr) return false;
    winograd.run(images, memory, weights, tiles);
    return true;
  }
  // The weights of a tap, from the first filter of a group on.
  const float* tap_weights(const float* weight, int64_t i, int64_t j, int64_t group) const {
    return weight + (i * shape_.w.window + j) * shape_.group_channels() * shape_.filters +
           group * shape_.group_filters();
  }
  ConvShape shape_;
};

}  // namespace shoal

#endif  // SHOAL_CONV_JOB_H_
