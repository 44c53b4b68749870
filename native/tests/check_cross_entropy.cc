#include "random_shapes.h"

#include "cross_entropy.h"

namespace check {

void cross_entropy() {
  const int64_t L = pick(1, 4), R = pick(0, 50), C = pick(1, 40), threads = pick(1, 8);
  const bool smooth = pick(0, 1) == 1, weighted = pick(0, 1) == 1;
  Operand scores(L, R * C);
  for (float& value : scores.values) value *= 40.0f;
  std::vector<int32_t> labels(static_cast<size_t>(L * R));
  for (int32_t& label : labels) label = static_cast<int32_t>(pick(-1, C));
  const std::vector<float> smoothing(static_cast<size_t>(L), 0.1f);
  std::vector<float> weights = numbers(C);
  for (float& weight : weights) weight = std::fabs(weight);
  const Operand grad(L, R);
  shoal::CrossEntropy call{L, R, C, scores.per_lane(), {labels.data(), L, R}, {}, {}};
  if (smooth) call.smoothing = {smoothing.data(), L, 1};
  if (weighted) call.weights = {weights.data(), 1, C};

  auto costs = unwritten(L * R), back = unwritten(L * R * C);
  run(*shoal::cross_entropy(call, costs.data(), threads));
  run(*shoal::cross_entropy_grad(call, grad.per_lane(), back.data(), threads));
  std::vector<double> costs2(costs.size()), back2(back.size());
  for (int64_t i = 0; i < L * R; ++i) {
    const int64_t lane = i / R, row = i % R;
    const int32_t label = labels[static_cast<size_t>(i)];
    const bool known = label >= 0 && label < C;
    double most = scores.at(lane, row * C), sum = 0, all = 0;
    for (int64_t k = 1; k < C; ++k) {
      most = std::max(most, static_cast<double>(scores.at(lane, row * C + k)));
    }
    for (int64_t k = 0; k < C; ++k) sum += std::exp(scores.at(lane, row * C + k) - most);
    std::vector<double> share(static_cast<size_t>(C));
    for (int64_t k = 0; k < C; ++k) {
      double& own = share[static_cast<size_t>(k)];
      const double s = smooth ? 0.1 : 0.0;
      own = known ? (k == label ? 1.0 - s : 0.0) + s / static_cast<double>(C) : 0.0;
      own *= weighted ? weights[static_cast<size_t>(k)] : 1.0;
      all += own;
      costs2[static_cast<size_t>(i)] +=
          own * (std::log(sum) + most - scores.at(lane, row * C + k));
    }
    for (int64_t k = 0; k < C; ++k) {
      const double chance = std::exp(scores.at(lane, row * C + k) - most) / sum;
      back2[static_cast<size_t>(i * C + k)] =
          grad.at(lane, row) * (chance * all - share[static_cast<size_t>(k)]);
    }
  }
  compare("cross_entropy", costs, costs2);
  compare("cross_entropy scores", back, back2);
}

}  // namespace check
