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
  const bool pooled = pick(0, 1) == 0;
  shoal::AfterNorm after;
  after.rectified = pick(0, 1) == 0;
  if (pooled) {
    after.height = pick(1, 3);
    after.width = pick(after.height == 1 ? 2 : 1, 3);
    after.across = after.width * pick(1, tall ? 40 : 5);
  }
  const int64_t L = pick(1, 4), E = tall ? pick(2, 5) : pick(0, 9), places = after.places();
  const int64_t each = pooled ? after.band() * pick(1, tall ? 12 : 4)
                              : (tall ? pick(700, 1100) : pick(1, 70));
  const int64_t R = E * each, C = tall ? 3 : pick(0, 40), M = R / places;
  const Bounds high = bounds(L, C);
  Operand x(L, R * C), dy(L, M * C), scale(L, C), shift(L, C), weight(L, E), epsilon(L, 1);
  for (Operand* operand : {&x, &dy, &scale, &shift}) {
    if (C > 0) cut_columns(*operand, high, L, C);
  }
  for (float& value : weight.values) value = value < 0.4f ? 1.0f : 0.0f;
  for (float& value : epsilon.values) value = 0.01f + std::fabs(value);
  const shoal::BatchNormShape s{L, R, C, E, x.per_lane(), weight.per_lane(), high.per_lane(),
                                after};
  const int64_t S = s.segments(), threads = pick(1, 8);
  auto means = unwritten(L * S * C), squares = means, y = unwritten(L * M * C),
       dx = unwritten(L * R * C);
  std::vector<uint8_t> winner(static_cast<size_t>(pooled ? L * M * C : 0), 255);
  auto mean = unwritten(L * C), variance = mean, dscale = mean, dshift = mean;
  const auto all = [](const std::vector<float>& values, int64_t lanes, int64_t stride) {
    return PerLane<const float>{values.data(), lanes, stride};
  };
  run(*shoal::batch_norm_moments(s, {means.data(), squares.data()}, threads));
  run(*shoal::batch_norm_apply(
      s,
      {all(means, L, S * C), all(squares, L, S * C), scale.per_lane(), shift.per_lane(),
       epsilon.per_lane(), y.data(), winner.data(), mean.data(), variance.data()},
      threads));
  auto sums = unwritten(L * S * C), products = sums;
  const shoal::BatchNormBack from{dy.per_lane(),      {winner.data(), L, pooled ? M * C : 0},
                                  all(mean, L, C),    all(variance, L, C),
                                  scale.per_lane(),   shift.per_lane(),
                                  epsilon.per_lane()};
  run(*shoal::batch_norm_sums(s, {from, sums.data(), products.data()}, threads));
  run(*shoal::batch_norm_grad(
      s,
      {from, all(sums, L, S * C), all(products, L, S * C), dx.data(), dscale.data(),
       dshift.data()},
      threads));
  // The maximum of a row's window, or the row itself, and the row's place in it.
  const auto maximum_of = [&](int64_t r) {
    return pooled ? r / after.band() * (after.across / after.width) +
                        r % after.across / after.width
                  : r;
  };
  const auto place_of = [&](int64_t r) {
    return pooled ? r / after.across % after.height * after.width + r % after.across % after.width
                  : 0;
  };
  std::vector<double> mean2(mean.size()), variance2(mean.size()), y2(y.size()), dx2(dx.size()),
      dscale2(mean.size()), dshift2(mean.size());
  for (int64_t l = 0; l < L; ++l) {
    for (int64_t c = 0; c < high.of(l, C); ++c) {
      const size_t to = static_cast<size_t>(l * C + c);
      const auto y_at = [&](int64_t r) {
        return static_cast<size_t>((l * M + maximum_of(r)) * C + c);
      };
      // Values that are nearly equal, or nearly 0, may go either way: as the kernel has it.
      const auto gradient_of = [&](int64_t r) {
        const size_t at = y_at(r);
        const bool passes = pooled ? winner[at] == place_of(r) : !after.rectified || y[at] > 0.0f;
        return passes ? dy.at(l, maximum_of(r) * C + c) : 0.0;
      };
      double count = 0, sum = 0, square = 0, gradient = 0, product = 0;
      for (int64_t r = 0; r < R; ++r) count += weight.at(l, r / each);
      const double per = 1.0 / std::fmax(count, 1.0);
      for (int64_t r = 0; r < R; ++r) sum += weight.at(l, r / each) * x.at(l, r * C + c);
      const double center = mean2[to] = sum * per;
      for (int64_t r = 0; r < R; ++r) {
        const double apart = x.at(l, r * C + c) - center;
        square += weight.at(l, r / each) * apart * apart;
        gradient += gradient_of(r);
        product += gradient_of(r) * apart;
      }
      variance2[to] = square * per;
      const double slope = 1.0 / std::sqrt(variance2[to] + epsilon.at(l, 0));
      dscale2[to] = product * slope;
      dshift2[to] = gradient;
      for (int64_t r = 0; r < R; ++r) {
        const double apart = x.at(l, r * C + c) - center;
        const double value = apart * slope * scale.at(l, c) + shift.at(l, c);
        double& best = y2[y_at(r)];
        best = place_of(r) == 0 ? value : std::fmax(best, value);
        if (pooled && winner[y_at(r)] == place_of(r)) {
          compare("batch_norm winner", {y[y_at(r)]}, {value});
        }
        if (after.rectified && place_of(r) == places - 1) best = std::fmax(best, 0.0);
        const double rest = per * (gradient + apart * slope * slope * product);
        dx2[static_cast<size_t>((l * R + r) * C + c)] =
            slope * scale.at(l, c) * (gradient_of(r) - weight.at(l, r / each) * rest);
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
