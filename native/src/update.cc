#include "update.h"

#include <utility>

namespace shoal {

namespace {

// Work is counted in items: parameter i of lane l is item i * lanes + l.
class UpdateJob final : public Job {
 public:
  Update call;

  bool run(const Chunk& chunk) const noexcept override {
    for (int64_t item = chunk.begin; item < chunk.end; ++item) {
      const Parameter& p = call.parameters[static_cast<size_t>(item / call.lanes)];
      one(p, item % call.lanes, chunk);
    }
    return true;
  }

 private:
  void one(const Parameter& p, int64_t lane, const Chunk& chunk) const {
    const int64_t low = active(p.low, lane, p.rows);
    const int64_t high = whole_vectors(active(p.high, lane, p.columns), p.columns);
    const Range rows = share_of(p.blocks * low, chunk.share, chunk.shares);
    UpdateNumbers k = *reinterpret_cast<const UpdateNumbers*>(call.numbers.of(lane));
    if (!p.decays) k.weight_decay = 0.0f;
    if (high == p.columns && (low == p.rows || p.blocks == 1)) {
      stretch(p, k, lane, rows.begin * high, (rows.end - rows.begin) * high);
      return;
    }
    for (int64_t i = rows.begin; i < rows.end; ++i) {
      stretch(p, k, lane, (i / low * p.rows + i % low) * p.columns, high);
    }
  }

  void stretch(const Parameter& p, const UpdateNumbers& k, int64_t lane, int64_t from,
               int64_t n) const {
    const int64_t at = lane * p.blocks * p.rows * p.columns + from;
    update_stretch(call.kind, k, p.grad.of(lane) + from, n, p.param + at,
                   p.first == nullptr ? nullptr : p.first + at,
                   p.second == nullptr ? nullptr : p.second + at);
  }
};

}  // namespace

std::unique_ptr<Job> update(Update call, int64_t threads) {
  const int64_t cost = update_cost(call.kind);
  std::vector<int64_t> costs;
  int64_t most_rows = 1;
  for (const Parameter& p : call.parameters) {
    most_rows = p.blocks * p.rows > most_rows ? p.blocks * p.rows : most_rows;
    for (int64_t lane = 0; lane < call.lanes; ++lane) {
      costs.push_back(cost * p.blocks * active(p.low, lane, p.rows) *
                      active(p.high, lane, p.columns));
    }
  }
  auto job = std::make_unique<UpdateJob>();
  job->call = std::move(call);
  job->chunks = cut_evenly(costs, most_rows, threads);
  return job;
}

}  // namespace shoal
