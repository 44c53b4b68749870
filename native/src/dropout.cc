#include "dropout.h"

#include <new>
#include <vector>

#include "kernels.h"

namespace shoal {

namespace {

// The same two rounds as `shoal.kernels.noise`.
uint32_t mix(uint32_t h) {
  h = (h ^ (h >> 16)) * 0x7FEB352Du;
  h = (h ^ (h >> 15)) * 0x846CA68Bu;
  return h ^ (h >> 16);
}

class DropoutJob final : public Job {
 public:
  Dropout call;

  bool run(const Chunk& chunk) const noexcept override {
    std::vector<uint32_t> columns;
    try {
      columns.resize(static_cast<size_t>(call.columns));
    } catch (const std::bad_alloc&) {
      return false;
    }
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) one(lane, chunk, columns);
    return true;
  }

 private:
  void one(int64_t lane, const Chunk& chunk, std::vector<uint32_t>& columns) const {
    const int64_t width = whole_vectors(active(call.active, lane, call.columns), call.columns);
    const Noise noise(call.key.of(lane));
    noise.column_keys(call.ranks.of(lane), width, columns.data());
    const float keep = *call.keep.of(lane);
    const float* x = call.x.of(lane);
    float* y = call.y + lane * call.rows * call.columns;
    const Range rows = share_of(call.rows, chunk.share, chunk.shares);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      kernels().dropout(x + r * call.columns, noise.row_key(r), columns.data(), keep, width,
                        y + r * call.columns);
    }
    zero_columns(y + rows.begin * call.columns, rows.end - rows.begin, call.columns, width,
                 call.columns);
  }
};

}  // namespace

Noise::Noise(const uint32_t* key)
    : rows_(mix(key[0] ^ 0x9E3779B9u)), columns_(mix(key[1] ^ 0x85EBCA6Bu ^ rows_)) {}

void Noise::column_keys(const int32_t* ranks, int64_t count, uint32_t* keys) const {
  for (int64_t c = 0; c < count; ++c) {
    keys[c] = mix((static_cast<uint32_t>(ranks[c]) ^ columns_) + 0xC2B2AE35u);
  }
}

uint32_t Noise::row_key(int64_t row) const { return mix(static_cast<uint32_t>(row) + rows_); }

std::unique_ptr<Job> dropout(const Dropout& call, int64_t threads) {
  auto job = std::make_unique<DropoutJob>();
  job->call = call;
  std::vector<int64_t> costs;
  for (int64_t lane = 0; lane < call.lanes; ++lane) {
    // Hashing an element costs about as much as ten multiply-adds.
    costs.push_back(call.rows * (10 * active(call.active, lane, call.columns) + 8));
  }
  job->chunks = cut_evenly(costs, call.rows, threads);
  return job;
}

}  // namespace shoal
