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

// What the noise of one lane is hashed from: `column_keys` of `count` columns by
// their ranks, and by `row_key` each row.
class Noise {
 public:
  explicit Noise(const uint32_t* key);
  void column_keys(const int32_t* ranks, int64_t count, uint32_t* keys) const;
  uint32_t row_key(int64_t row) const;

 private:
  uint32_t rows_, columns_;
};

std::unique_ptr<Job> dropout(const Dropout& call, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_DROPOUT_H_
