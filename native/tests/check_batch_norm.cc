#include "random_shapes.h"

#include "batch_norm.h"

namespace check {

namespace {

// Zeros in the columns from each lane's bound on, as the caller promises; what lanes share is
// zero from the lowest one on.
void cut_columns(Operand& operand, const Bounds& high, int64_t lanes, int64_t columns) {
  for (size_t i = 0; i < operand.values.size(); ++i) {
    const int64_t at = static_cast<int64_t>(i);
    for (int64_t l = 0; l < lanes; ++l) {
      const bool uses = operand.count == 1 || l == at / operand.stride;
      if (uses && at % columns >= high.of(l, columns)) operand.values[i] = 0.0f;
    }
  }
}

}  // namespace

void batch_norm() {
  const bool tall = pick(0, 30) == 0;
  const int64_t L = pick(1, 4), E = tall ? pick(2, 5) : pick(0, 9);
  const int64_t each = tall ? pick(700, 1100) : pick(1, 70);
  const int64_t R = E * each, C = tall ? 3 : pick(0, 40);
  const Bounds high = bounds(L, C);
  Operand x(L, R * C), dy(L, R * C), scale(L, C), shift(L, C), weight(L, E), epsilon(L, 1);
  for (Operand* operand : {&x, &dy, &scale, &shift}) {
    if (C > 0) cut_columns(*operand, high, L, C);
  }
  for (float& value : weight.values) value = value < 0.4f ? 1.0f : 0.0f;
  for (float& value : epsilon.values) value = 0.01f + std::fabs(value);
  const shoal::BatchNormShape s{L, R, C, E, x.per_lane(), weight.per_lane(), high.per_lane()};
  const int64_t S = s.segments(), threads = pick(1, 8);
  auto means = unwritten(L * S * C), squares = means, y = unwritten(L * R * C), dx = y;
  auto mean = unwritten(L * C), variance = mean, dscale = mean, dshift = mean;
  const auto all = [](const std::vector<float>& values, int64_t lanes, int64_t stride) {
    return PerLane<const float>{values.data(), lanes, stride};
  };
  run(*shoal::batch_norm_moments(s, {means.data(), squares.data()}, threads));
  run(*shoal::batch_norm_apply(
      s,
      {all(means, L, S * C), all(squares, L, S * C), scale.per_lane(), shift.per_lane(),
       epsilon.per_lane(), y.data(), mean.data(), variance.data()},
      threads));
  auto sums = unwritten(L * S * C), products = sums;
  run(*shoal::batch_norm_sums(
      s, {dy.per_lane(), all(mean, L, C), sums.data(), products.data()}, threads));
  run(*shoal::batch_norm_grad(
      s,
      {dy.per_lane(), all(sums, L, S * C), all(products, L, S * C), all(mean, L, C),
       all(variance, L, C), scale.per_lane(), epsilon.per_lane(), dx.data(), dscale.data(),
       dshift.data()},
      threads));
  std::vector<double> mean2(mean.size()), variance2(mean.size()), y2(y.size()), dx2(y.size()),
      dscale2(mean.size()), dshift2(mean.size());
  for (int64_t l = 0; l < L; ++l) {
    for (int64_t c = 0; c < high.of(l, C); ++c) {
      const size_t to = static_cast<size_t>(l * C + c);
      double count = 0, sum = 0, square = 0, gradient = 0, product = 0;
      for (int64_t r = 0; r < R; ++r) count += weight.at(l, r / each);
      const double per = 1.0 / std::fmax(count, 1.0);
      for (int64_t r = 0; r < R; ++r) sum += weight.at(l, r / each) * x.at(l, r * C + c);
      const double center = mean2[to] = sum * per;
      for (int64_t r = 0; r < R; ++r) {
        const double apart = x.at(l, r * C + c) - center;
        square += weight.at(l, r / each) * apart * apart;
        gradient += dy.at(l, r * C + c);
        product += dy.at(l, r * C + c) * apart;
      }
      variance2[to] = square * per;
      const double slope = 1.0 / std::sqrt(variance2[to] + epsilon.at(l, 0));
      dscale2[to] = product * slope;
      dshift2[to] = gradient;
      for (int64_t r = 0; r < R; ++r) {
        const size_t at = static_cast<size_t>((l * R + r) * C + c);
        const double apart = x.at(l, r * C + c) - center;
        y2[at] = apart * slope * scale.at(l, c) + shift.at(l, c);
        const double rest = per * (gradient + apart * slope * slope * product);
        dx2[at] = slope * scale.at(l, c) *
                  (dy.at(l, r * C + c) - weight.at(l, r / each) * rest);
      }
    }
  }
  compare("batch_norm mean", mean, mean2);
  compare("batch_norm variance", variance, variance2);
  compare("batch_norm y", y, y2);
  compare("batch_norm dx", dx, dx2);
  compare("batch_norm dscale", dscale, dscale2);
  compare("batch_norm dshift", dshift, dshift2);
}

}  // namespace check
