// The optimizer's update of one parameter of many lanes, in place.
#ifndef SHOAL_UPDATE_H_
#define SHOAL_UPDATE_H_

#include <memory>

#include "kernels.h"
#include "lanes.h"

namespace shoal {

enum class UpdateKind { kDescend, kMomentum, kNesterov, kAdamW };

// Parameters as [lanes, blocks, rows, columns]; only the first low rows and
// high columns of each block are touched: the rest is zero and stays so, since
// its gradients are. A lane with low 0 is left as it is.
struct Update {
  UpdateKind kind;
  int64_t lanes, blocks, rows, columns;
  PerLane<const float> grad;
  PerLane<const float> numbers;  // one UpdateNumbers a lane
  PerLane<const int32_t> low, high;
  float* param;
  float* first;   // momentum's velocity, AdamW's mean
  float* second;  // AdamW's mean square
};

std::unique_ptr<Job> update(const Update& call, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_UPDATE_H_
