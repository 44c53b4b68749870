#include "lane_copies.h"

#include <cstring>
#include <utility>

namespace shoal {

namespace {

// Of a large array several threads take a part each.
constexpr int64_t kMostShares = 16;

class LaneCopies final : public Job {
 public:
  std::vector<LaneCopy> copies;

  bool run(const Chunk& chunk) const noexcept override {
    for (int64_t i = chunk.begin; i < chunk.end; ++i) {
      const LaneCopy& copy = copies[static_cast<size_t>(i)];
      const Range part = share_of(copy.bytes, chunk.share, chunk.shares);
      const size_t bytes = static_cast<size_t>(part.end - part.begin);
      if (bytes == 0) continue;
      if (copy.from == nullptr) {
        std::memset(copy.to + part.begin, 0, bytes);
      } else {
        std::memcpy(copy.to + part.begin, copy.from + part.begin, bytes);
      }
    }
    return true;
  }
};

}  // namespace

std::unique_ptr<Job> copy_lanes(std::vector<LaneCopy> copies, int64_t threads) {
  auto job = std::make_unique<LaneCopies>();
  std::vector<int64_t> costs;
  costs.reserve(copies.size());
  for (const LaneCopy& copy : copies) costs.push_back(copy.bytes + 32);
  job->copies = std::move(copies);
  job->chunks = cut_evenly(costs, kMostShares, threads);
  return job;
}

}  // namespace shoal
