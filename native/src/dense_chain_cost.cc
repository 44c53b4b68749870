#include <utility>

#include "chain_backward.h"
#include "chain_cost.h"
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
    const int64_t classes = width(depth() - 1);
    ScoreCost cost(chain_.batch, classes);
    if (!forward_.reserve(&forward) || !backward_.reserve(&backward) ||
        !cost.reserve(kScoresSlot)) {
      return false;
    }
    backward.own = forward.own;
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      forward_.run_lane(chunk, lane, forward);
      const float* scores = own_place(depth() - 1, lane, forward.own).at;
      const ClassCosts call = class_costs_of(lane, classes, costs_.smoothing, costs_.classes);
      cost_[lane] = cost.cost(call, scores, costs_.labels.of(lane), costs_.rows.of(lane));
      backward_.run_lane(chunk, lane, {cost.gradient(), classes}, backward);
    }
    return true;
  }

 private:
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
