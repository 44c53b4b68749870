// Convolutions of lanes, [batch, height, width, channels], and their gradients.
#ifndef SHOAL_CONV_H_
#define SHOAL_CONV_H_

#include <memory>

#include "lanes.h"

namespace shoal {

// One spatial axis: out = sum over taps i < window of in[q * stride - pad + i * dilation].
struct Axis {
  int64_t size, window, stride, pad, dilation, out;
};

struct ConvShape {
  int64_t lanes, batch;
  Axis h, w;
  int64_t channels, filters;  // of all groups
  int64_t groups;
  PerLane<const int32_t> active_in, active_out;

  int64_t group_channels() const { return channels / groups; }
  int64_t group_filters() const { return filters / groups; }
  int64_t image_in() const { return h.size * w.size * channels; }
  int64_t image_out() const { return h.out * w.out * filters; }
};

// y = x * weight + bias; weight [window_h, window_w, channels / groups, filters].
std::unique_ptr<Job> conv_forward(const ConvShape& shape, PerLane<const float> x,
                                  PerLane<const float> weight, PerLane<const float> bias,
                                  float* y, int64_t threads);

std::unique_ptr<Job> conv_input_grad(const ConvShape& shape, PerLane<const float> dy,
                                     PerLane<const float> weight, float* dx, int64_t threads);

std::unique_ptr<Job> conv_weight_grad(const ConvShape& shape, PerLane<const float> x,
                                      PerLane<const float> dy, float* dw, float* db,
                                      int64_t threads);

}  // namespace shoal

#endif  // SHOAL_CONV_H_
