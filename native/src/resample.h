// Images looked up at other places.
#ifndef SHOAL_RESAMPLE_H_
#define SHOAL_RESAMPLE_H_

#include <memory>

#include "lanes.h"

namespace shoal {

struct Sampling {
  int64_t height, width, channels;
  int64_t places;  // looked up in each image
};

// y [images, places, channels]: x [images, height, width, channels] interpolated
// linearly at (row, column) = at [images, places, 2]. Places beyond the border
// are moved onto it.
std::unique_ptr<Job> resample(const Sampling& sampling, int64_t images, const float* x,
                              const float* at, float* y, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_RESAMPLE_H_
