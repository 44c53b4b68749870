// Pooling of many images.
#ifndef SHOAL_POOL_H_
#define SHOAL_POOL_H_

#include <memory>

#include "kernels.h"
#include "lanes.h"

namespace shoal {

enum class PoolKind { kMax, kMaxGrad, kAvg, kAvgGrad };

// x and dx [images, height, width, channels]; y and dy [images, out_h, out_w,
// channels]. Forward reads x, gradients read dy (and x for the maximum).
std::unique_ptr<Job> pool(PoolKind kind, const Pooling& pooling, int64_t images, const float* x,
                          const float* dy, float* result, int64_t threads);

// result[i] = data[clamp(index[i], 0, count - 1)], rows of `bytes` bytes; zeros
// when there are no rows to take.
std::unique_ptr<Job> take_rows(const char* data, int64_t count, int64_t bytes,
                               const int32_t* index, int64_t rows, char* result, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_POOL_H_
