// Lanes: many small networks in one call, each with its own share of work.
#ifndef SHOAL_LANES_H_
#define SHOAL_LANES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace shoal {

// An operand with one copy a lane, one for all lanes (count 1), or none.
template <typename T>
struct PerLane {
  T* data = nullptr;
  int64_t count = 0;   // lanes it has: 0, 1 or all
  int64_t stride = 0;  // elements a lane
  T* of(int64_t lane) const {
    return count == 0 ? nullptr : data + (count == 1 ? 0 : lane * stride);
  }
};

// How much of a padded width a lane uses: the bound, or all of it.
inline int64_t active(const PerLane<const int32_t>& bound, int64_t lane, int64_t width) {
  const int32_t* value = bound.of(lane);
  if (value == nullptr || *value > width) return width;
  return *value < 0 ? 0 : *value;
}

// A width in use rounded up to whole vectors, within the padded width: what lies
// between is zero, and cheaper to take along than to leave out.
inline int64_t whole_vectors(int64_t used, int64_t width) {
  constexpr int64_t kFloats = 16;
  const int64_t rounded = (used + kFloats - 1) / kFloats * kFloats;
  return rounded < width ? rounded : width;
}

// A piece of a call's work: whole lanes, or a share of one.
struct Chunk {
  int64_t begin, end;  // lanes
  int64_t share, shares;
};

// Cuts the work of lanes into chunks of nearly equal cost: cheap neighbors are
// put together, a dear lane is cut into at most `max_shares`. Costs are counted
// in multiply-adds. `threads` <= 1 or little work gives a single chunk.
std::vector<Chunk> cut_evenly(const std::vector<int64_t>& costs, int64_t max_shares,
                              int64_t threads);

// The half-open range of `count` units that share `share` of `shares` does.
struct Range {
  int64_t begin, end;
};
inline Range share_of(int64_t count, int64_t share, int64_t shares) {
  return {count * share / shares, count * (share + 1) / shares};
}

// Work cut into chunks that may run in any order and on any thread.
class Job {
 public:
  virtual ~Job() = default;
  // False when memory ran out.
  virtual bool run(const Chunk& chunk) const noexcept = 0;
  std::vector<Chunk> chunks;
};

inline void fill_zero(float* p, int64_t count) {
  for (int64_t i = 0; i < count; ++i) p[i] = 0.0f;
}

// Columns [from, until) of `rows` rows that lie `row` apart. In blocks of known size,
// so that a few columns of many rows are not as many calls of memset.
template <typename T>
inline void zero_columns(T* p, int64_t rows, int64_t row, int64_t from, int64_t until) {
  constexpr int64_t kHalfVector = 8, kBlock = 4;
  if (from >= until) return;
  p += from;
  if (until - from == kHalfVector) {  // half of a vector, the usual case
    for (int64_t r = 0; r < rows; ++r, p += row) std::memset(p, 0, kHalfVector * sizeof(T));
    return;
  }
  for (int64_t r = 0; r < rows; ++r, p += row) {
    int64_t c = 0;
    for (; c + kBlock <= until - from; c += kBlock) std::memset(p + c, 0, kBlock * sizeof(T));
    for (; c < until - from; ++c) p[c] = T{0};
  }
}

}  // namespace shoal

#endif  // SHOAL_LANES_H_
