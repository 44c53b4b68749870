#include "random_shapes.h"

#include <algorithm>

#include "chain_course.h"
#include "dense_chain.h"
#include "update.h"

namespace check {

namespace {

// A parameter of all lanes, and what an optimizer remembers of it.
struct Remembered {
  std::vector<float> param, first, second;
  explicit Remembered(int64_t floats)
      : param(numbers(floats)), first(static_cast<size_t>(floats)),
        second(static_cast<size_t>(floats)) {}
};

// What a network's training begins with; zeros beyond the widths in use.
struct Network {
  int64_t lanes, inputs;
  std::vector<int64_t> outputs;
  std::vector<Bounds> used;  // of the inputs, and of each layer's outputs
  std::vector<Remembered> weights, biases;
  std::vector<bool> biased;

  Network(int64_t count, int64_t width, int64_t depth) : lanes(count), inputs(width) {
    used.push_back(bounds(lanes, inputs));
    int64_t rows = inputs;
    for (int64_t i = 0; i < depth; ++i) {
      const int64_t columns = pick(1, 40);
      outputs.push_back(columns);
      used.push_back(i + 1 == depth ? Bounds{} : bounds(lanes, columns));
      biased.push_back(pick(0, 2) > 0);
      weights.emplace_back(lanes * rows * columns);
      biases.emplace_back(biased.back() ? lanes * columns : 0);
      const size_t at = static_cast<size_t>(i);
      for (int64_t k = 0; k < lanes * rows * columns; ++k) {
        const int64_t lane = k / (rows * columns);
        const bool inside = k / columns % rows < used[at].of(lane, rows) &&
                            k % columns < used[at + 1].of(lane, columns);
        if (!inside) weights.back().param[static_cast<size_t>(k)] = 0;
      }
      for (size_t k = 0; k < biases.back().param.size(); ++k) {
        const int64_t lane = static_cast<int64_t>(k) / columns;
        const int64_t unit = static_cast<int64_t>(k) % columns;
        if (unit >= used[at + 1].of(lane, columns)) biases.back().param[k] = 0;
      }
      rows = columns;
    }
  }

  shoal::DenseChain chain(int64_t batch) {
    shoal::DenseChain found{lanes, batch, inputs, used[0].per_lane(), {}, {}};
    int64_t rows = inputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      shoal::ChainLayer layer{};
      layer.outputs = outputs[i];
      layer.rectified = i + 1 < outputs.size();
      layer.weight = {weights[i].param.data(), lanes, rows * outputs[i]};
      if (biased[i]) layer.bias = {biases[i].param.data(), lanes, outputs[i]};
      layer.active = used[i + 1].per_lane();
      found.layers.push_back(layer);
      rows = outputs[i];
    }
    return found;
  }
};

shoal::Parameter parameter(Remembered& of, const std::vector<float>& grad, int64_t lanes,
                           int64_t rows, int64_t columns, const Bounds* low, const Bounds& high) {
  shoal::Parameter p{};
  p.blocks = 1, p.rows = rows, p.columns = columns, p.decays = rows > 1;
  p.grad = {grad.data(), lanes, rows * columns};
  if (low != nullptr) p.low = low->per_lane();
  p.high = high.per_lane();
  p.param = of.param.data(), p.first = of.first.data(), p.second = of.second.data();
  return p;
}

}  // namespace

// Against its steps, each of which is checked by itself: cost, gradients, update.
void chain_course() {
  const int64_t L = pick(1, 4), B = pick(1, 40), S = pick(0, 3), N = pick(1, 30);
  Network one(L, pick(1, 40), pick(1, 3));
  Network other = one;
  const int64_t K = one.inputs, C = one.outputs.back();
  std::vector<float> x = numbers(N * K);
  int64_t least = K;  // of the inputs, those that every lane uses
  for (int64_t l = 0; l < L; ++l) least = std::min(least, one.used[0].of(l, K));
  for (int64_t i = 0; i < N * K; ++i) {
    if (i % K >= least) x[static_cast<size_t>(i)] = 0;
  }
  std::vector<int32_t> labels(static_cast<size_t>(N)), order(static_cast<size_t>(L * S * B));
  for (int32_t& label : labels) label = static_cast<int32_t>(pick(-1, C));
  for (int32_t& row : order) row = static_cast<int32_t>(pick(-1, N - 1));
  std::vector<float> scalars;
  for (int64_t i = 0; i < L * S; ++i) {
    for (float value : {0.1f, 0.01f, 0.9f, 0.99f, 1e-3f, 2.0f, 3.0f}) scalars.push_back(value);
  }
  const std::vector<int32_t> alive = [&] {
    std::vector<int32_t> flags;
    for (int64_t l = 0; l < L; ++l) flags.push_back(pick(0, 3) > 0);
    return flags;
  }();
  std::vector<int32_t> now = alive, step(alive.size()), bad(alive.size(), -1);
  std::vector<float> loss(alive.size()), examples(alive.size());
  shoal::ChainCourse course{};
  course.chain = one.chain(B);
  course.batches = {N,  S, {x.data(), 1, N * K}, {labels.data(), 1, N},
                    {}, {order.data(), L, S * B}};
  course.kind = static_cast<shoal::UpdateKind>(pick(0, 3));
  course.numbers = {scalars.data(), L, S * 7};
  for (size_t i = 0; i < one.outputs.size(); ++i) {
    for (auto* group : {&one.weights[i], &one.biases[i]}) {
      auto& to = group == &one.weights[i] ? course.weights : course.biases;
      float* param = group->param.empty() ? nullptr : group->param.data();
      const int64_t rows = i == 0 ? K : one.outputs[i - 1];
      to.push_back({group == &one.weights[i] && rows > 1, param, group->first.data(),
                    group->second.data()});
    }
  }
  course.progress = {now.data(), step.data(), bad.data(), loss.data(), examples.data()};
  run(*shoal::chain_course(course, pick(1, 8)));

  for (int64_t s = 0; s < S; ++s) {
    for (int64_t l = 0; l < L; ++l) {
      if (!alive[static_cast<size_t>(l)]) continue;
      // The lane alone: the others' gradients go nowhere.
      std::vector<float> batch(static_cast<size_t>(L * B * K)), rows(static_cast<size_t>(L * B));
      std::vector<int32_t> own(static_cast<size_t>(L * B), -1);
      float count = 0;
      for (int64_t r = 0; r < B; ++r) {
        const int32_t at = order[static_cast<size_t>((l * S + s) * B + r)];
        const int64_t from = at < 0 ? 0 : at;
        const size_t to = static_cast<size_t>(l * B + r);
        std::copy_n(x.begin() + from * K, K, batch.begin() + (l * B + r) * K);
        own[to] = labels[static_cast<size_t>(from)];
        rows[to] = at >= 0 && own[to] >= 0 && own[to] < C ? 1.0f : 0.0f;
        count += rows[to];
      }
      if (count == 0) continue;
      for (float& row : rows) row /= count;
      shoal::DenseChain chain = other.chain(B);
      chain.x = {batch.data(), L, B * K};
      std::vector<std::vector<float>> dw, db;
      shoal::ChainGradients to{};
      int64_t width = K;
      for (int64_t columns : other.outputs) {
        dw.push_back(unwritten(L * width * columns));
        db.push_back(unwritten(L * columns));
        width = columns;
      }
      for (size_t i = 0; i < dw.size(); ++i) {
        to.dw.push_back(dw[i].data());
        to.db.push_back(db[i].data());
      }
      auto cost = unwritten(L);
      run(*shoal::chain_cost(chain, {{own.data(), L, B}, {rows.data(), L, B}, {}, {}},
                             cost.data(), to, 1));
      width = K;
      shoal::Update update{course.kind, L, {scalars.data(), L, S * 7}, {}};
      std::vector<Bounds> lows(2 * dw.size());
      for (size_t i = 0; i < dw.size(); ++i) {
        for (int64_t k = 0; k < L; ++k) {
          lows[2 * i].values.push_back(
              k == l ? static_cast<int32_t>(other.used[i].of(k, width)) : 0);
          lows[2 * i + 1].values.push_back(k == l ? 1 : 0);
        }
        const int64_t columns = other.outputs[i];
        update.parameters.push_back(parameter(other.weights[i], dw[i], L, width, columns,
                                              &lows[2 * i], other.used[i + 1]));
        update.parameters.back().decays = width > 1;
        if (other.biased[i]) {
          update.parameters.push_back(parameter(other.biases[i], db[i], L, 1, columns,
                                                &lows[2 * i + 1], other.used[i + 1]));
        }
        width = columns;
      }
      run(*shoal::update(update, 1));
    }
  }
  for (size_t i = 0; i < one.outputs.size(); ++i) {
    compare("chain_course weight", one.weights[i].param,
            {other.weights[i].param.begin(), other.weights[i].param.end()});
    compare("chain_course bias", one.biases[i].param,
            {other.biases[i].param.begin(), other.biases[i].param.end()});
  }
}

}  // namespace check
