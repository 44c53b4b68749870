#include <algorithm>
#include <cstring>

#include "pool.h"

namespace shoal {

namespace {

class RowsJob final : public Job {
 public:
  const char* data;
  int64_t count, bytes;
  const int32_t* index;
  char* result;

  bool run(const Chunk& chunk) const noexcept override {
    if (bytes == 0) return true;
    for (int64_t i = chunk.begin; i < chunk.end; ++i) {
      char* to = result + i * bytes;
      if (count == 0) {
        std::memset(to, 0, static_cast<size_t>(bytes));
        continue;
      }
      const int64_t row = std::clamp<int64_t>(index[i], 0, count - 1);
      std::memcpy(to, data + row * bytes, static_cast<size_t>(bytes));
    }
    return true;
  }
};

}  // namespace

std::unique_ptr<Job> take_rows(const char* data, int64_t count, int64_t bytes,
                               const int32_t* index, int64_t rows, char* result,
                               int64_t threads) {
  auto job = std::make_unique<RowsJob>();
  job->data = data;
  job->count = count;
  job->bytes = bytes;
  job->index = index;
  job->result = result;
  // A byte that is not in the caches takes as long as some multiply-adds.
  const std::vector<int64_t> costs(static_cast<size_t>(rows), 4 * bytes + 8);
  job->chunks = cut_evenly(costs, 1, threads);
  return job;
}

}  // namespace shoal
