#include <utility>

#include "chain_backward.h"
#include "chain_forward.h"
#include "cross_entropy.h"

namespace shoal {

namespace {

// A lane goes forward, through its cost and back while it is in the nearest caches.
class ChainCost final : public ChainJob {
 public:
  ChainCost(DenseChain chain, RowCosts costs, float* cost, ChainGradients gradients,
            int64_t threads)
      : ChainJob(chain), costs_(costs), cost_(cost),
        forward_(chain, std::vector<float*>(chain.layers.size(), nullptr), 0),
        backward_(chain, {}, {}, std::move(gradients), 0) {
    cut(3, threads, false);
  }

  bool run(const Chunk& chunk) const noexcept override {
    ChainForward::Work forward;
    ChainBackward::Work backward;
    const int64_t classes = width(depth() - 1), size = chain_.batch * classes;
    float* space = scratch(kScoresSlot, chain_.batch + size + kRowsAtOnce * classes);
    if (!forward_.reserve(&forward) || !backward_.reserve(&backward) || space == nullptr) {
      return false;
    }
    backward.own = forward.own;
    float *gradient = space + chain_.batch, *panel = gradient + size;
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      forward_.run_lane(chunk, lane, forward);
      const float* scores = own_place(depth() - 1, lane, forward.own).at;
      const float* weights = costs_.rows.of(lane);
      const float* smoothing = costs_.smoothing.of(lane);
      const ClassCosts call{classes, smoothing == nullptr ? 0.0f : *smoothing,
                            costs_.classes.of(lane)};
      const int32_t* labels = costs_.labels.of(lane);
      kernels().class_costs(call, scores, labels, chain_.batch, panel, space);
      double total = 0;
      for (int64_t r = 0; r < chain_.batch; ++r) total += weights[r] * space[r];
      cost_[lane] = static_cast<float>(total);
      kernels().class_costs_grad(call, scores, labels, weights, chain_.batch, panel, gradient);
      backward_.run_lane(chunk, lane, {gradient, classes}, backward);
    }
    return true;
  }

 private:
  static constexpr int64_t kRowsAtOnce = 16;

  RowCosts costs_;
  float* cost_;
  ChainForward forward_;
  ChainBackward backward_;
};

}  // namespace

std::unique_ptr<Job> chain_cost(DenseChain chain, RowCosts costs, float* cost,
                                ChainGradients gradients, int64_t threads) {
  return std::make_unique<ChainCost>(std::move(chain), costs, cost, std::move(gradients),
                                     threads);
}

}  // namespace shoal
