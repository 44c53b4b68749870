#include "lanes.h"

#include <algorithm>

namespace shoal {

namespace {

// Below this many multiply-adds a second thread costs more than it brings.
constexpr int64_t kWorthSharing = 400'000;
constexpr int64_t kSmallestChunk = 150'000;
constexpr int64_t kChunksPerThread = 4;

}  // namespace

std::vector<Chunk> cut_evenly(const std::vector<int64_t>& costs, int64_t max_shares,
                              int64_t threads) {
  const int64_t lanes = static_cast<int64_t>(costs.size());
  int64_t total = 0;
  for (int64_t cost : costs) total += cost;
  if (threads <= 1 || total < kWorthSharing) return {{0, lanes, 0, 1}};

  const int64_t target = std::max(kSmallestChunk, total / (threads * kChunksPerThread));
  std::vector<Chunk> chunks;
  int64_t begin = 0, gathered = 0;
  const auto close = [&](int64_t end) {
    if (end > begin) chunks.push_back({begin, end, 0, 1});
    begin = end;
    gathered = 0;
  };
  for (int64_t lane = 0; lane < lanes; ++lane) {
    const int64_t shares = std::min(max_shares, (costs[lane] + target / 2) / target);
    if (shares > 1) {
      close(lane);
      for (int64_t s = 0; s < shares; ++s) chunks.push_back({lane, lane + 1, s, shares});
      begin = lane + 1;
      continue;
    }
    gathered += costs[lane];
    if (gathered >= target) close(lane + 1);
  }
  close(lanes);
  return chunks;
}

}  // namespace shoal
