#include "update.h"

namespace shoal {

namespace {

class UpdateJob final : public Job {
 public:
  Update call;

  bool run(const Chunk& chunk) const noexcept override {
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      const int64_t low = active(call.low, lane, call.rows);
      const int64_t high = active(call.high, lane, call.columns);
      const Range rows = share_of(call.blocks * low, chunk.share, chunk.shares);
      const bool whole = low == call.rows && high == call.columns;
      if (whole) {
        stretch(lane, rows.begin * high, (rows.end - rows.begin) * high);
        continue;
      }
      for (int64_t i = rows.begin; i < rows.end; ++i) {
        stretch(lane, (i / low * call.rows + i % low) * call.columns, high);
      }
    }
    return true;
  }

 private:
  void stretch(int64_t lane, int64_t from, int64_t n) const {
    const Kernels& table = kernels();
    const UpdateNumbers& k = *reinterpret_cast<const UpdateNumbers*>(call.numbers.of(lane));
    const int64_t at = lane * call.blocks * call.rows * call.columns + from;
    const float* grad = call.grad.of(lane) + from;
    float* param = call.param + at;
    switch (call.kind) {
      case UpdateKind::kDescend:
        table.descend(k, grad, n, param);
        break;
      case UpdateKind::kMomentum:
      case UpdateKind::kNesterov:
        table.momentum(k, call.kind == UpdateKind::kNesterov, grad, n, param, call.first + at);
        break;
      case UpdateKind::kAdamW:
        table.adamw(k, grad, n, param, call.first + at, call.second + at);
        break;
    }
  }
};

}  // namespace

std::unique_ptr<Job> update(const Update& call, int64_t threads) {
  auto job = std::make_unique<UpdateJob>();
  job->call = call;
  std::vector<int64_t> costs;
  for (int64_t lane = 0; lane < call.lanes; ++lane) {
    // A root and a quotient cost about as much as twenty multiply-adds.
    costs.push_back(20 * call.blocks * active(call.low, lane, call.rows) *
                    active(call.high, lane, call.columns));
  }
  job->chunks = cut_evenly(costs, call.blocks * call.rows, threads);
  return job;
}

}  // namespace shoal
