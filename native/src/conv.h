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

// The maximum of the map over windows side by side, [batch, h.out / height,
// w.out / width, filters], and where in its window it was. Rectified, it is at
// least 0, and what was cut off is at the position after the window's last.
struct Windows {
  int64_t height, width;
  bool rectified;
};

std::unique_ptr<Job> conv_max(const ConvShape& shape, const Windows& windows,
                              PerLane<const float> x, PerLane<const float> weight,
                              PerLane<const float> bias, float* y, uint8_t* winner,
                              int64_t threads);

// The gradient of the map, image by image: as it lies in memory, or, with
// windows, spread from the gradient of their maxima.
struct MapGradient {
  PerLane<const float> dy;
  PerLane<const uint8_t> winner;
  Windows windows{0, 0, false};

  bool spread() const { return windows.height > 0; }
  // Of the gradient as it lies in memory.
  int64_t image_floats(const ConvShape& shape) const {
    return spread() ? shape.image_out() / (windows.height * windows.width) : shape.image_out();
  }
  // Of one image, the columns in use; `memory` holds what is spread. The sums
  // of the columns are added to `sums` unless that is null.
  const float* image(const ConvShape& shape, int64_t lane, int64_t b, Range columns,
                     float* memory, float* sums) const;
};

std::unique_ptr<Job> conv_input_grad(const ConvShape& shape, const MapGradient& dy,
                                     PerLane<const float> weight, float* dx, int64_t threads);

std::unique_ptr<Job> conv_weight_grad(const ConvShape& shape, PerLane<const float> x,
                                      const MapGradient& dy, float* dw, float* db,
                                      int64_t threads);

}  // namespace shoal

#endif  // SHOAL_CONV_H_
