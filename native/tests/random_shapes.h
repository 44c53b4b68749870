// Random operands, exactly as large as they must be, and what they give.
#ifndef SHOAL_RANDOM_SHAPES_H_
#define SHOAL_RANDOM_SHAPES_H_

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "lanes.h"

namespace check {

using shoal::PerLane;

inline std::mt19937 generator;

inline int64_t pick(int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(generator);
}

inline std::vector<float> numbers(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::uniform_real_distribution<float> draw(-1.0f, 1.0f);
  for (float& value : values) value = draw(generator);
  return values;
}

// Results start as NaN: whatever is left unwritten shows.
inline std::vector<float> unwritten(int64_t count) {
  return std::vector<float>(static_cast<size_t>(count), std::nanf(""));
}

inline void run(const shoal::Job& job) {
  for (size_t i = job.chunks.size(); i-- > 0;) {  // any order must do
    if (!job.run(job.chunks[i])) std::abort();
  }
}

inline void compare(const std::string& what, const std::vector<float>& actual,
             const std::vector<double>& wanted) {
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!(std::fabs(actual[i] - wanted[i]) <= 2e-5 * (1.0 + std::fabs(wanted[i])))) {
      std::fprintf(stderr, "%s[%zu] = %g, expected %g\n", what.c_str(), i, actual[i], wanted[i]);
      std::exit(1);
    }
  }
}

struct Bounds {
  std::vector<int32_t> values;
  PerLane<const int32_t> per_lane() const {
    return {values.data(), static_cast<int64_t>(values.size()), 1};
  }
  int64_t of(int64_t lane, int64_t width) const {
    return shoal::active(per_lane(), lane, width);
  }
};

inline Bounds bounds(int64_t lanes, int64_t width) {
  Bounds result;
  if (pick(0, 2) == 0) return result;
  for (int64_t l = 0; l < lanes; ++l) {
    result.values.push_back(static_cast<int32_t>(pick(-1, width + 1)));
  }
  return result;
}

struct Operand {
  std::vector<float> values;
  int64_t count, stride;
  Operand(int64_t lanes, int64_t floats, bool may_be_shared = true)
      : values(), count(may_be_shared && pick(0, 3) == 0 ? 1 : lanes), stride(floats) {
    values = numbers(count * stride);
  }
  PerLane<const float> per_lane() const { return {values.data(), count, stride}; }
  double at(int64_t lane, int64_t i) const {
    return values[static_cast<size_t>((count == 1 ? 0 : lane) * stride + i)];
  }
};

// Each check draws one shape, runs the kernels on it and ends the program at
// the first number that is wrong.
void dense();
void dense_chain();
void convolution();
void convolution_under_windows();
void pooling();
void rows();
void lane_copies();
void resampling();
void dropout();
void batch_norm();
void update();
void cross_entropy();
void chain_course();

}  // namespace check

#endif  // SHOAL_RANDOM_SHAPES_H_
