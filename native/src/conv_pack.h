// The weights of a convolution as the forward passes read them. Internal to them.
#ifndef SHOAL_CONV_PACK_H_
#define SHOAL_CONV_PACK_H_

#include "conv_job.h"

namespace shoal {

// [taps][channels][padded columns]: some columns of one group's filters, zeros
// behind them.
inline void pack_weights(const ConvShape& shape, const float* weight, int64_t group,
                         int64_t channels, Range columns, float* packed) {
  const int64_t width = columns.end - columns.begin;
  for (int64_t tap = 0; tap < shape.h.window * shape.w.window; ++tap) {
    const float* from = weight + tap * shape.group_channels() * shape.filters +
                        group * shape.group_filters() + columns.begin;
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t n = 0; n < width; ++n) packed[n] = from[n];
      fill_zero(packed + width, padded(width) - width);
      packed += padded(width);
      from += shape.filters;
    }
  }
}

// The bias of the same columns, or zeros where there is none.
inline void pack_bias(const float* bias, Range columns, float* packed) {
  const int64_t width = columns.end - columns.begin;
  for (int64_t n = 0; n < width; ++n) {
    packed[n] = bias == nullptr ? 0.0f : bias[columns.begin + n];
  }
  fill_zero(packed + width, padded(width) - width);
}

}  // namespace shoal

#endif  // SHOAL_CONV_PACK_H_
