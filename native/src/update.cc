#include "update.h"

#include <algorithm>
#include <utility>

#include "scratch.h"
#include "soon.h"

namespace shoal {

namespace {

// Rows of a gradient that are computed at a time, and used before they leave the caches: of
// whole tiles, and few enough that the parameters they belong to can be brought nearer.
constexpr int64_t kRowsAtOnce = 28;

// Work is counted in items: parameter i of lane l is item i * lanes + l.
class UpdateJob final : public Job {
 public:
  Update call;

  bool run(const Chunk& chunk) const noexcept override {
    float* panel = scratch(0, panel_floats());
    if (panel == nullptr) return false;
    for (int64_t item = chunk.begin; item < chunk.end; ++item) {
      const Parameter& p = call.parameters[static_cast<size_t>(item / call.lanes)];
      one(p, item % call.lanes, chunk, panel);
    }
    return true;
  }

 private:
  int64_t panel_floats() const {
    int64_t most = 0;
    for (const Parameter& p : call.parameters) {
      if (p.factors.dz.count > 0) most = std::max(most, std::min(p.rows, kRowsAtOnce) * p.columns);
    }
    return most;
  }

  void one(const Parameter& p, int64_t lane, const Chunk& chunk, float* panel) const {
    const int64_t low = active(p.low, lane, p.rows);
    const int64_t high = whole_vectors(active(p.high, lane, p.columns), p.columns);
    const Range rows = share_of(p.blocks * low, chunk.share, chunk.shares);
    UpdateNumbers k = *reinterpret_cast<const UpdateNumbers*>(call.numbers.of(lane));
    if (!p.decays) k.weight_decay = 0.0f;
    if (p.factors.dz.count > 0) return of_factors(p, k, lane, rows, high, panel);
    if (high == p.columns && (low == p.rows || p.blocks == 1)) {
      stretch(p, k, lane, rows.begin * high, (rows.end - rows.begin) * high);
      return;
    }
    for (int64_t i = rows.begin; i < rows.end; ++i) {
      stretch(p, k, lane, (i / low * p.rows + i % low) * p.columns, high);
    }
  }

  // Numbers [from, from + n) of a lane's parameter.
  void stretch(const Parameter& p, const UpdateNumbers& k, int64_t lane, int64_t from,
               int64_t n) const {
    change(p, k, lane, from, n, p.grad.of(lane) + from);
  }

  void change(const Parameter& p, const UpdateNumbers& k, int64_t lane, int64_t from, int64_t n,
              const float* grad) const {
    const int64_t at = lane * p.blocks * p.rows * p.columns + from;
    update_stretch(call.kind, k, grad, n, p.param + at,
                   p.first == nullptr ? nullptr : p.first + at,
                   p.second == nullptr ? nullptr : p.second + at);
  }

  // These rows of a parameter, whose gradient is computed a few rows at a time.
  void of_factors(const Parameter& p, const UpdateNumbers& k, int64_t lane, Range rows,
                  int64_t columns, float* panel) const {
    for (int64_t row = rows.begin; row < rows.end; row += kRowsAtOnce) {
      const int64_t count = std::min(kRowsAtOnce, rows.end - row);
      gradient(p, lane, row, count, columns, panel);
      for (int64_t r = 0; r < count; ++r) {
        change(p, k, lane, (row + r) * p.columns, columns, panel + r * columns);
      }
    }
  }

  // The gradient of `count` rows from `row` on, and meanwhile what it will change.
  void gradient(const Parameter& p, int64_t lane, int64_t row, int64_t count, int64_t columns,
                float* to) const {
    const GradientFactors& from = p.factors;
    if (from.x.count == 0) {
      kernels().column_sums(from.dz.of(lane), p.columns, from.batch, columns, to, false);
      return;
    }
    const int64_t at = (lane * p.rows + row) * p.columns, size = count * p.columns;
    Soon soon;
    for (float* changed : {p.second, p.first, p.param}) {
      soon.add(changed == nullptr ? nullptr : changed + at, size);
    }
    const Segment all{0, 0, from.batch};
    Product product{};
    product.a = from.x.of(lane) + row;
    product.a_row = 1;
    product.a_term = p.rows;
    product.b = from.dz.of(lane);
    product.b_term = p.columns;
    product.c = to;
    product.c_row = columns;
    product.segments = &all;
    product.segment_count = 1;
    product.rows = count;
    product.columns = columns;
    product.ahead = soon.ahead();
    kernels().product(product);
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
      costs.push_back((cost + p.factors.batch) * p.blocks * active(p.low, lane, p.rows) *
                      active(p.high, lane, p.columns));
    }
  }
  auto job = std::make_unique<UpdateJob>();
  job->call = std::move(call);
  job->chunks = cut_evenly(costs, most_rows, threads);
  return job;
}

}  // namespace shoal
