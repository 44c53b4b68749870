// Batch normalization of many lanes: each column with mean 0 and variance 1 over the rows
// that count, and its gradient.
//
// Sums are taken in segments of so many rows, whatever the lanes and threads are, and joined
// in order: the bits of a column depend on its own numbers alone.
#ifndef SHOAL_BATCH_NORM_H_
#define SHOAL_BATCH_NORM_H_

#include <memory>

#include "lanes.h"

namespace shoal {

struct BatchNormShape {
  static constexpr int64_t kSegment = 2048;  // rows
  int64_t lanes, rows, columns;
  int64_t examples;                // each of as many rows side by side
  PerLane<const float> x;          // [rows, columns]
  PerLane<const float> weight;     // [examples], 0 where an example counts nowhere
  PerLane<const int32_t> active;   // columns; what lies beyond is zero

  int64_t segments() const { return rows > kSegment ? (rows + kSegment - 1) / kSegment : 1; }
};

// Of each segment the mean of each column, and the sum of the squares of what is apart from it.
struct Moments {
  float* means;    // [lanes, segments, columns]
  float* squares;
};
std::unique_ptr<Job> batch_norm_moments(const BatchNormShape& shape, const Moments& to,
                                        int64_t threads);

// y = (x - mean) / sqrt(variance + epsilon) * scale + shift.
struct BatchNormApply {
  PerLane<const float> means, squares;  // of the segments
  PerLane<const float> scale, shift, epsilon;
  float* y;
  float* mean;      // [lanes, columns]
  float* variance;
};
std::unique_ptr<Job> batch_norm_apply(const BatchNormShape& shape, const BatchNormApply& call,
                                      int64_t threads);

// Of each segment the sums of dy and of dy * (x - mean).
struct BatchNormSums {
  PerLane<const float> dy, mean;
  float* sums;      // [lanes, segments, columns]
  float* products;
};
std::unique_ptr<Job> batch_norm_sums(const BatchNormShape& shape, const BatchNormSums& call,
                                     int64_t threads);

struct BatchNormGrad {
  PerLane<const float> dy, sums, products, mean, variance, scale, epsilon;
  float* dx;
  float* dscale;  // [lanes, columns]
  float* dshift;
};
std::unique_ptr<Job> batch_norm_grad(const BatchNormShape& shape, const BatchNormGrad& call,
                                     int64_t threads);

}  // namespace shoal

#endif  // SHOAL_BATCH_NORM_H_
