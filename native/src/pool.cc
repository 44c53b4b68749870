#include "pool.h"

namespace shoal {

namespace {

class PoolJob final : public Job {
 public:
  PoolKind kind;
  Pooling pooling;
  const float* x;
  const float* dy;
  float* result;

  bool run(const Chunk& chunk) const noexcept override {
    const int64_t in = pooling.height * pooling.width * pooling.channels;
    const int64_t out = pooling.out_h * pooling.out_w * pooling.channels;
    const Kernels& table = kernels();
    for (int64_t i = chunk.begin; i < chunk.end; ++i) {
      switch (kind) {
        case PoolKind::kMax:
          table.max_pool(pooling, x + i * in, result + i * out);
          break;
        case PoolKind::kMaxGrad:
          table.max_pool_grad(pooling, x + i * in, dy + i * out, result + i * in);
          break;
        case PoolKind::kAvg:
          table.avg_pool(pooling, x + i * in, result + i * out);
          break;
        case PoolKind::kAvgGrad:
          table.avg_pool_grad(pooling, dy + i * out, result + i * in);
          break;
      }
    }
    return true;
  }
};

}  // namespace

std::unique_ptr<Job> pool(PoolKind kind, const Pooling& pooling, int64_t images, const float* x,
                          const float* dy, float* result, int64_t threads) {
  auto job = std::make_unique<PoolJob>();
  job->kind = kind;
  job->pooling = pooling;
  job->x = x;
  job->dy = dy;
  job->result = result;
  // A window costs about as much as two multiply-adds a tap and an element.
  const int64_t cost = 2 * pooling.out_h * pooling.out_w * pooling.channels * pooling.window_h *
                       pooling.window_w;
  const std::vector<int64_t> costs(static_cast<size_t>(images), cost);
  job->chunks = cut_evenly(costs, 1, threads);
  return job;
}

}  // namespace shoal
