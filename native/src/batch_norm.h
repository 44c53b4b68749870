// Batch normalization of many lanes: each column with mean 0 and variance 1 over the rows
// that count, and its gradient. The rectifier after it, and the maxima of windows side by side
// between the two, are part of it: the rows between are never written.
//
// Sums are taken in segments of so many rows, whatever the lanes and threads are, and joined
// in order: the bits of a column depend on its own numbers alone.
#ifndef SHOAL_BATCH_NORM_H_
#define SHOAL_BATCH_NORM_H_

#include <cstdint>
#include <memory>

#include "lanes.h"

namespace shoal {

// What comes after the normalization. Rows are the pixels of maps of so many side by side,
// windows of them lie side by side and fill the maps; of one pixel each, there are none.
struct AfterNorm {
  int64_t across = 1;
  int64_t height = 1, width = 1;
  bool rectified = false;

  int64_t places() const { return height * width; }
  bool pooled() const { return places() > 1; }
  // Rows that lie under a row of windows.
  int64_t band() const { return pooled() ? height * across : 1; }
};

struct BatchNormShape {
  static constexpr int64_t kSegment = 2048;  // rows, or as many bands as fit, at least one
  int64_t lanes, rows, columns;
  int64_t examples;                // each of as many rows side by side
  PerLane<const float> x;          // [rows, columns]
  PerLane<const float> weight;     // [examples], 0 where an example counts nowhere
  PerLane<const int32_t> active;   // columns; what lies beyond is zero

  AfterNorm after;

  int64_t segment() const {
    const int64_t band = after.band();
    return band < kSegment ? kSegment / band * band : band;
  }
  int64_t segments() const { return rows > segment() ? (rows + segment() - 1) / segment() : 1; }
  int64_t maxima() const { return rows / after.places(); }  // rows that are left
};

// Of each segment the mean of each column, and the sum of the squares of what is apart from it.
struct Moments {
  float* means;    // [lanes, segments, columns]
  float* squares;
};
std::unique_ptr<Job> batch_norm_moments(const BatchNormShape& shape, const Moments& to,
                                        int64_t threads);

// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, and what comes after it.
struct BatchNormApply {
  PerLane<const float> means, squares;  // of the segments
  PerLane<const float> scale, shift, epsilon;
  float* y;         // [lanes, maxima, columns]
  uint8_t* winner;  // the same, where there are windows: see Windows in conv.h
  float* mean;      // [lanes, columns]
  float* variance;
};
std::unique_ptr<Job> batch_norm_apply(const BatchNormShape& shape, const BatchNormApply& call,
                                      int64_t threads);

// What both passes of the gradient are told: dy, as y lies, and what the forward pass found.
struct BatchNormBack {
  PerLane<const float> dy;
  PerLane<const uint8_t> winner;
  PerLane<const float> mean, variance, scale, shift, epsilon;
};

// Of each segment the sums of dy and of dy * (x - mean).
struct BatchNormSums {
  BatchNormBack from;
  float* sums;      // [lanes, segments, columns]
  float* products;
};
std::unique_ptr<Job> batch_norm_sums(const BatchNormShape& shape, const BatchNormSums& call,
                                     int64_t threads);

struct BatchNormGrad {
  BatchNormBack from;
  PerLane<const float> sums, products;
  float* dx;
  float* dscale;  // [lanes, columns]
  float* dshift;
};
std::unique_ptr<Job> batch_norm_grad(const BatchNormShape& shape, const BatchNormGrad& call,
                                     int64_t threads);

}  // namespace shoal

#endif  // SHOAL_BATCH_NORM_H_
