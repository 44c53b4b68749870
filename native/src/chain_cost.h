// What the last results of a chain cost as scores of classes, and the gradient of that.
#ifndef SHOAL_CHAIN_COST_H_
#define SHOAL_CHAIN_COST_H_

#include "kernels.h"
#include "scratch.h"

namespace shoal {

// Of one lane at a time.
class ScoreCost {
 public:
  ScoreCost(int64_t batch, int64_t classes) : batch_(batch), classes_(classes) {}

  // False when memory ran out.
  bool reserve(int slot) {
    const int64_t size = batch_ * classes_;
    by_row_ = scratch(slot, batch_ + size + kRowsAtOnce * classes_);
    gradient_ = by_row_ + batch_;
    panel_ = gradient_ + size;
    return by_row_ != nullptr;
  }

  // The sum of the rows' costs, each times how much it counts.
  float cost(const ClassCosts& call, const float* scores, const int32_t* labels,
             const float* rows) const {
    kernels().class_costs(call, scores, labels, batch_, panel_, by_row_);
    double total = 0;
    for (int64_t r = 0; r < batch_; ++r) total += rows[r] * by_row_[r];
    kernels().class_costs_grad(call, scores, labels, rows, batch_, panel_, gradient_);
    return static_cast<float>(total);
  }

  // The gradient of the last cost, [batch, classes].
  const float* gradient() const { return gradient_; }

 private:
  static constexpr int64_t kRowsAtOnce = 16;

  int64_t batch_, classes_;
  float *by_row_ = nullptr, *gradient_ = nullptr, *panel_ = nullptr;
};

}  // namespace shoal

#endif  // SHOAL_CHAIN_COST_H_
