// Cross entropy of the softmax of scores with whole-numbered labels, for many lanes.
#ifndef SHOAL_CROSS_ENTROPY_H_
#define SHOAL_CROSS_ENTROPY_H_

#include <memory>

#include "kernels.h"
#include "lanes.h"

namespace shoal {

// costs[r] = sum over classes k of w_k q_k (log sum_j e^(o_rj) - o_rk), where q is 1 - s
// for the label and s / classes more for each class; 0 for a label that is no class.
struct CrossEntropy {
  int64_t lanes, rows, classes;
  PerLane<const float> scores;     // [rows, classes]
  PerLane<const int32_t> labels;   // [rows]
  PerLane<const float> smoothing;  // s, one a lane, or none
  PerLane<const float> weights;    // one a class, or none
};

// What the kernels take of one lane; smoothing and weights may be none.
inline ClassCosts class_costs_of(int64_t lane, int64_t classes,
                                 const PerLane<const float>& smoothing,
                                 const PerLane<const float>& weights) {
  const float* own = smoothing.of(lane);
  return {classes, own == nullptr ? 0.0f : *own, weights.of(lane)};
}

std::unique_ptr<Job> cross_entropy(const CrossEntropy& call, float* costs, int64_t threads);

// The gradient of the scores from that of the costs.
std::unique_ptr<Job> cross_entropy_grad(const CrossEntropy& call, PerLane<const float> grad,
                                        float* scores, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_CROSS_ENTROPY_H_
