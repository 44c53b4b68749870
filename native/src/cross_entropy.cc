#include "cross_entropy.h"

#include "kernels.h"
#include "scratch.h"

namespace shoal {

namespace {

class CrossEntropyJob : public Job {
 public:
  CrossEntropyJob(const CrossEntropy& call, int64_t threads) : call_(call) {
    // An exponential costs about as much as ten multiply-adds.
    const int64_t cost = call.rows * (12 * call.classes + 16);
    const std::vector<int64_t> costs(static_cast<size_t>(call.lanes), cost);
    chunks = cut_evenly(costs, call.rows, threads);
  }

  bool run(const Chunk& chunk) const noexcept override {
    constexpr int64_t kRowsAtOnce = 16;  // at most
    float* panel = scratch(0, kRowsAtOnce * call_.classes);
    if (panel == nullptr) return false;
    const Range rows = share_of(call_.rows, chunk.share, chunk.shares);
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) one(lane, rows, panel);
    return true;
  }

 protected:
  virtual void one(int64_t lane, Range rows, float* panel) const = 0;

  ClassCosts costs_of(int64_t lane) const {
    return class_costs_of(lane, call_.classes, call_.smoothing, call_.weights);
  }

  CrossEntropy call_;
};

class Forward final : public CrossEntropyJob {
 public:
  Forward(const CrossEntropy& call, float* costs, int64_t threads)
      : CrossEntropyJob(call, threads), costs_(costs) {}

 private:
  void one(int64_t lane, Range rows, float* panel) const override {
    kernels().class_costs(costs_of(lane), call_.scores.of(lane) + rows.begin * call_.classes,
                          call_.labels.of(lane) + rows.begin, rows.end - rows.begin, panel,
                          costs_ + lane * call_.rows + rows.begin);
  }

  float* costs_;
};

class Backward final : public CrossEntropyJob {
 public:
  Backward(const CrossEntropy& call, PerLane<const float> grad, float* scores, int64_t threads)
      : CrossEntropyJob(call, threads), grad_(grad), to_(scores) {}

 private:
  void one(int64_t lane, Range rows, float* panel) const override {
    kernels().class_costs_grad(
        costs_of(lane), call_.scores.of(lane) + rows.begin * call_.classes,
        call_.labels.of(lane) + rows.begin, grad_.of(lane) + rows.begin, rows.end - rows.begin,
        panel,
        to_ + (lane * call_.rows + rows.begin) * call_.classes);
  }

  PerLane<const float> grad_;
  float* to_;
};

}  // namespace

std::unique_ptr<Job> cross_entropy(const CrossEntropy& call, float* costs, int64_t threads) {
  return std::make_unique<Forward>(call, costs, threads);
}

std::unique_ptr<Job> cross_entropy_grad(const CrossEntropy& call, PerLane<const float> grad,
                                        float* scores, int64_t threads) {
  return std::make_unique<Backward>(call, grad, scores, threads);
}

}  // namespace shoal
