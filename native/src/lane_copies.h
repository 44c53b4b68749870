// Whole lanes, moved in one call however many arrays they are made of.
#ifndef SHOAL_LANE_COPIES_H_
#define SHOAL_LANE_COPIES_H_

#include <memory>
#include <vector>

#include "lanes.h"

namespace shoal {

// One array of one lane on its way. The memory it goes to overlaps no other's.
struct LaneCopy {
  const char* from;  // null for zeros
  char* to;
  int64_t bytes;
};

std::unique_ptr<Job> copy_lanes(std::vector<LaneCopy> copies, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_LANE_COPIES_H_
