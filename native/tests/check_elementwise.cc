#include "random_shapes.h"

#include "dropout.h"
#include "lane_copies.h"
#include "update.h"

namespace check {

namespace {

uint32_t mix(uint32_t h) {
  h = (h ^ (h >> 16)) * 0x7FEB352Du;
  h = (h ^ (h >> 15)) * 0x846CA68Bu;
  return h ^ (h >> 16);
}

// shoal.kernels.uniform at one place.
double noise(const uint32_t* key, int64_t row, int32_t rank) {
  const uint32_t row_key = mix(key[0] ^ 0x9E3779B9u);
  const uint32_t column_key = mix(key[1] ^ 0x85EBCA6Bu ^ row_key);
  uint32_t h = mix(static_cast<uint32_t>(row) + row_key) ^
               mix((static_cast<uint32_t>(rank) ^ column_key) + 0xC2B2AE35u);
  h = (h ^ (h >> 17)) * 0xED5AD4BBu;
  h = (h ^ (h >> 11)) * 0xAC4C1B51u;
  h = (h ^ (h >> 15)) * 0x31848BABu;
  h ^= h >> 14;
  return (h >> 8) * 0x1p-24;
}

// What the gradient of a parameter is made of.
struct Factors {
  std::vector<float> x, dz;
};

// The product of the factors, or without x their sum, of each lane.
std::vector<float> product_of(const Factors& from, int64_t lanes, int64_t batch,
                              const shoal::Parameter& p) {
  std::vector<float> found;
  for (int64_t i = 0; i < lanes * p.rows * p.columns; ++i) {
    const int64_t lane = i / (p.rows * p.columns), row = i / p.columns % p.rows;
    double sum = 0;
    for (int64_t b = 0; b < batch; ++b) {
      const size_t at = static_cast<size_t>((lane * batch + b) * p.rows + row);
      const double dz = from.dz[static_cast<size_t>((lane * batch + b) * p.columns + i % p.columns)];
      sum += from.x.empty() ? dz : from.x[at] * dz;
    }
    found.push_back(static_cast<float>(sum));
  }
  return found;
}

// Zeros beyond the bounds of [lanes, blocks, rows, columns], as the caller promises.
void keep_inside(std::vector<float>& values, const shoal::Parameter& p, const Bounds& low,
                 const Bounds& high) {
  for (size_t i = 0; i < values.size(); ++i) {
    const int64_t at = static_cast<int64_t>(i);
    const int64_t lane = at / (p.blocks * p.rows * p.columns);
    const bool inside = at / p.columns % p.rows < low.of(lane, p.rows) &&
                        at % p.columns < high.of(lane, p.columns);
    if (!inside) values[i] = 0.0f;
  }
}

struct Expected {
  double param, first, second;
};

Expected step(shoal::UpdateKind kind, const shoal::UpdateNumbers& k, double decay, double g,
              Expected now) {
  if (kind == shoal::UpdateKind::kAdamW) {
    const double m = k.beta1 * now.first + (1.0 - k.beta1) * g;
    const double v = k.beta2 * now.second + (1.0 - k.beta2) * g * g;
    const double move = m * k.correction1 / (std::sqrt(v * k.correction2) + k.epsilon);
    return {now.param - k.learning_rate * (move + decay * now.param), m, v};
  }
  g += decay * now.param;
  if (kind == shoal::UpdateKind::kDescend) return {now.param - k.learning_rate * g, 0, 0};
  const double v = g + k.beta1 * now.first;
  const double move = kind == shoal::UpdateKind::kNesterov ? g + k.beta1 * v : v;
  return {now.param - k.learning_rate * move, v, 0};
}

}  // namespace

void dropout() {
  const int64_t L = pick(1, 5), R = pick(0, 40), C = pick(0, 70);
  const Bounds high = bounds(L, C);
  Operand x(L, R * C);
  std::vector<float> keep(static_cast<size_t>(L), 0.75f);
  std::vector<uint32_t> key(static_cast<size_t>(2 * L));
  for (uint32_t& word : key) word = generator();
  std::vector<int32_t> ranks(static_cast<size_t>(C));
  for (int32_t& rank : ranks) rank = static_cast<int32_t>(pick(0, 1000));
  for (int64_t i = 0; i < x.count * R * C; ++i) {  // zero beyond the bounds, shared or not
    for (int64_t l = 0; l < L; ++l) {
      const bool uses = x.count == 1 || l == i / (R * C);
      if (uses && i % C >= high.of(l, C)) x.values[static_cast<size_t>(i)] = 0.0f;
    }
  }
  auto y = unwritten(L * R * C);
  run(*shoal::dropout({L, R, C, x.per_lane(), {keep.data(), L, 1}, {key.data(), L, 2},
                       {ranks.data(), 1, C}, high.per_lane(), y.data()},
                      pick(1, 8)));
  std::vector<double> y2(y.size());
  for (int64_t i = 0; i < L * R * C; ++i) {
    const int64_t lane = i / (R * C), row = i / C % R, column = i % C;
    const double u = noise(&key[static_cast<size_t>(2 * lane)], row,
                           ranks[static_cast<size_t>(column)]);
    if (u < 0.75) y2[static_cast<size_t>(i)] = x.at(lane, i % (R * C)) / 0.75;
  }
  compare("dropout", y, y2);
}

void update() {
  const int64_t L = pick(1, 5);
  const shoal::UpdateKind kind = static_cast<shoal::UpdateKind>(pick(0, 3));
  const int64_t count = pick(1, 3);
  std::vector<float> scalars;
  for (int64_t l = 0; l < L; ++l) {
    for (float value : {0.1f, 0.01f, 0.9f, 0.99f, 1e-3f, 2.0f, 3.0f}) scalars.push_back(value);
  }
  shoal::Update call{kind, L, {scalars.data(), L, 7}, {}};
  std::vector<Bounds> low, high;
  std::vector<std::vector<float>> grads, params, firsts, seconds;
  std::vector<Factors> factors;
  factors.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    shoal::Parameter p{};
    p.blocks = pick(0, 3), p.rows = pick(0, 20), p.columns = pick(0, 40), p.decays = pick(0, 1);
    factors.emplace_back();
    const bool bias = pick(0, 3) == 0;
    if (pick(0, 1) == 0) {
      p.blocks = 1, p.rows = bias ? 1 : pick(0, 70), p.factors.batch = pick(0, 20);
    }
    low.push_back(bounds(L, p.rows));
    high.push_back(bounds(L, p.columns));
    for (auto* group : {&grads, &params, &firsts, &seconds}) {
      group->push_back(numbers(L * p.blocks * p.rows * p.columns));
      keep_inside(group->back(), p, low.back(), high.back());
    }
    for (float& value : seconds.back()) value = std::fabs(value);
    const int64_t B = p.factors.batch;
    if (B > 0) {
      Factors& from = factors.back();
      if (!bias) from.x = numbers(L * B * p.rows);
      from.dz = numbers(L * B * p.columns);
      for (size_t k = 0; k < from.dz.size(); ++k) {
        const int64_t at = static_cast<int64_t>(k);
        if (at % p.columns >= high.back().of(at / p.columns / B, p.columns)) from.dz[k] = 0.0f;
      }
      grads.back() = product_of(from, L, B, p);
      keep_inside(grads.back(), p, low.back(), high.back());
      if (!bias) p.factors.x = {from.x.data(), L, B * p.rows};
      p.factors.dz = {from.dz.data(), L, B * p.columns};
    }
    call.parameters.push_back(p);
  }
  std::vector<std::vector<double>> wanted;
  for (size_t i = 0; i < call.parameters.size(); ++i) {
    shoal::Parameter& p = call.parameters[i];
    if (p.factors.dz.count == 0) p.grad = {grads[i].data(), L, p.blocks * p.rows * p.columns};
    p.low = low[i].per_lane(), p.high = high[i].per_lane();
    p.param = params[i].data(), p.first = firsts[i].data(), p.second = seconds[i].data();
    wanted.emplace_back();
    for (size_t k = 0; k < params[i].size(); ++k) {
      const auto& numbers_of = *reinterpret_cast<const shoal::UpdateNumbers*>(scalars.data());
      const Expected next = step(kind, numbers_of, p.decays ? 0.01 : 0.0, grads[i][k],
                                 {params[i][k], firsts[i][k], seconds[i][k]});
      wanted.back().push_back(next.param);
    }
  }
  run(*shoal::update(call, pick(1, 8)));
  for (size_t i = 0; i < wanted.size(); ++i) compare("update", params[i], wanted[i]);
}

void lane_copies() {
  const int64_t count = pick(0, 6);
  std::vector<std::vector<float>> from, to;
  std::vector<std::vector<double>> wanted;
  std::vector<shoal::LaneCopy> copies;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t size = pick(0, 3) == 0 ? pick(0, 200'000) : pick(0, 40);
    const bool zeros = pick(0, 2) == 0;
    from.push_back(zeros ? std::vector<float>(static_cast<size_t>(size)) : numbers(size));
    to.push_back(unwritten(size));
    wanted.emplace_back(from.back().begin(), from.back().end());
    copies.push_back({zeros ? nullptr : reinterpret_cast<const char*>(from.back().data()),
                      reinterpret_cast<char*>(to.back().data()),
                      size * static_cast<int64_t>(sizeof(float))});
  }
  run(*shoal::copy_lanes(copies, pick(1, 8)));
  for (size_t i = 0; i < to.size(); ++i) compare("lane_copies", to[i], wanted[i]);
}

}  // namespace check
