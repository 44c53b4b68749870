// Dropout of many lanes, its noise keyed by coordinates.
#ifndef SHOAL_DROPOUT_H_
#define SHOAL_DROPOUT_H_

#include <memory>

#include "lanes.h"

namespace shoal {

// y[l, r, c] = x[l, r, c] / keep[l] where u(key[l], r, ranks[l][c]) < keep[l],
// else 0; columns from active[l] on are zero. u is `shoal.kernels.uniform`.
struct Dropout {
  int64_t lanes, rows, columns;
  PerLane<const float> x;
  PerLane<const float> keep;          // one a lane
  PerLane<const uint32_t> key;        // two a lane
  PerLane<const int32_t> ranks;       // one a column
  PerLane<const int32_t> active;
  float* y;                           // [lanes, rows, columns]
};

std::unique_ptr<Job> dropout(const Dropout& call, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_DROPOUT_H_
