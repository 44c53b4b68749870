// The examples of one step of one lane.
#ifndef SHOAL_COURSE_BATCH_H_
#define SHOAL_COURSE_BATCH_H_

#include <algorithm>
#include <cstring>

#include "chain_course.h"
#include "chain_job.h"
#include "scratch.h"

namespace shoal {

class CourseBatch {
 public:
  CourseBatch(const Batches& from, int64_t batch, int64_t inputs, int64_t classes)
      : from_(from), batch_(batch), inputs_(inputs), classes_(classes),
        row_(ChainLayout::whole(inputs)) {}

  // False when memory ran out.
  bool reserve() {
    const int64_t rows = ChainLayout::whole(batch_);
    x_ = scratch(kBatchSlot, rows * (row_ + 2));
    if (x_ == nullptr) return false;
    fill_zero(x_, rows * row_);
    weights_ = x_ + rows * row_;
    labels_ = reinterpret_cast<int32_t*>(weights_ + rows);
    return true;
  }

  // Takes the examples of a lane's step, and how much each counts: as its weight says,
  // over the number of those with a label, which is what it returns.
  float take(int64_t lane, int64_t step) const {
    const int32_t* order = from_.order.of(lane) + step * batch_;
    const float* weights = from_.weights.of(lane);
    float count = 0;
    for (int64_t r = 0; r < batch_; ++r) {
      const int64_t at = std::clamp<int64_t>(order[r], 0, from_.examples - 1);
      std::memcpy(x_ + r * row_, from_.x.of(lane) + at * inputs_,
                  static_cast<size_t>(inputs_) * sizeof(float));
      labels_[r] = from_.labels.of(lane)[at];
      const float counts = labels_[r] >= 0 && labels_[r] < classes_ ? 1.0f : 0.0f;
      const float present = order[r] >= 0 ? 1.0f : 0.0f;
      weights_[r] = present * (weights == nullptr ? 1.0f : weights[at]) * counts;
      count += present * counts;
    }
    const float share = 1.0f / std::max(count, 1.0f);
    for (int64_t r = 0; r < batch_; ++r) weights_[r] *= share;
    return count;
  }

  const float* x() const { return x_; }
  int64_t row() const { return row_; }  // floats from one example to the next: whole vectors
  const float* weights() const { return weights_; }
  const int32_t* labels() const { return labels_; }

 private:
  const Batches& from_;
  int64_t batch_, inputs_, classes_, row_;
  float *x_ = nullptr, *weights_ = nullptr;
  int32_t* labels_ = nullptr;
};

}  // namespace shoal

#endif  // SHOAL_COURSE_BATCH_H_
