// Products of lanes: y = x w + bias, and its two gradients.
#ifndef SHOAL_DENSE_H_
#define SHOAL_DENSE_H_

#include <memory>

#include "lanes.h"

namespace shoal {

struct DenseShape {
  int64_t lanes, batch, inputs, outputs;
  PerLane<const int32_t> active_in, active_out;
};

// y [batch, outputs] = x [batch, inputs] w [inputs, outputs] + bias [outputs].
std::unique_ptr<Job> dense_forward(const DenseShape& shape, PerLane<const float> x,
                                   PerLane<const float> weight, PerLane<const float> bias,
                                   float* y, int64_t threads);

// dx = dy wᵀ.
std::unique_ptr<Job> dense_input_grad(const DenseShape& shape, PerLane<const float> dy,
                                      PerLane<const float> weight, float* dx, int64_t threads);

// dw = xᵀ dy, db = the column sums of dy.
std::unique_ptr<Job> dense_weight_grad(const DenseShape& shape, PerLane<const float> x,
                                       PerLane<const float> dy, float* dw, float* db,
                                       int64_t threads);

}  // namespace shoal

#endif  // SHOAL_DENSE_H_
