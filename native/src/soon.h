// What will be read and written next, to be brought nearer by the arithmetic.
#ifndef SHOAL_SOON_H_
#define SHOAL_SOON_H_

#include "kernels.h"

namespace shoal {

// Up to three ranges of memory; the last one added is brought first.
class Soon {
 public:
  static constexpr int64_t kLine = 64;  // bytes

  Soon() = default;
  // One line in every `step` bytes: a column of a matrix instead of neighbors.
  explicit Soon(int64_t step) { ahead_.step = step; }
  void add(const float* from, int64_t floats) {
    if (from == nullptr || floats <= 0) return;
    ahead_.at[first_ - 1] = reinterpret_cast<const char*>(from);
    ahead_.end[first_ - 1] = reinterpret_cast<const char*>(from + floats);
    ahead_.range = --first_;
  }
  Ahead* ahead() { return &ahead_; }

 private:
  int first_ = Ahead::kRanges;
  Ahead ahead_{{}, {}, Ahead::kRanges, kLine};
};

}  // namespace shoal

#endif  // SHOAL_SOON_H_
