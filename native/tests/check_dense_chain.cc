#include "random_shapes.h"

#include "cross_entropy.h"
#include "dense.h"
#include "dense_chain.h"
#include "dropout.h"

namespace check {

namespace {

// Zeros beyond the bounds of [count, rows, columns], as the caller promises.
void keep_inside(Operand& operand, int64_t lanes, int64_t rows, int64_t columns,
                 const Bounds& low, const Bounds& high) {
  for (int64_t i = 0; i < operand.count * operand.stride; ++i) {
    for (int64_t l = 0; l < lanes; ++l) {
      const bool uses = operand.count == 1 || l == i / operand.stride;
      const bool inside = i / columns % rows < low.of(l, rows) && i % columns < high.of(l, columns);
      if (uses && !inside) operand.values[static_cast<size_t>(i)] = 0.0f;
    }
  }
}

struct Link {
  int64_t inputs, outputs;
  bool rectified, drops;
  Bounds low, high;
  Operand weight, bias;
  std::vector<uint32_t> key;
  std::vector<int32_t> ranks;
};

constexpr float kKeep = 0.75f;

// Of the chain, whose results are y: against forward, cross entropy and backward.
void chain_cost(const shoal::DenseChain& chain, const std::vector<PerLane<const float>>& y,
                int64_t threads) {
  const int64_t L = chain.lanes, B = chain.batch, C = chain.layers.back().outputs;
  std::vector<int32_t> labels(static_cast<size_t>(L * B));
  for (int32_t& label : labels) label = static_cast<int32_t>(pick(-1, C));
  const Operand rows(L, B);
  const shoal::RowCosts costs{{labels.data(), L, B}, rows.per_lane(), {}, {}};
  const shoal::CrossEntropy call{L, B, C, y.back(), costs.labels, {}, {}};
  auto by_row = unwritten(L * B), dy = unwritten(L * B * C);
  run(*shoal::cross_entropy(call, by_row.data(), 1));
  run(*shoal::cross_entropy_grad(call, rows.per_lane(), dy.data(), 1));
  std::vector<double> cost2(static_cast<size_t>(L));
  for (int64_t i = 0; i < L * B; ++i) {
    cost2[static_cast<size_t>(i / B)] += rows.at(i / B, i % B) * by_row[static_cast<size_t>(i)];
  }
  auto cost = unwritten(L);
  std::vector<std::vector<float>> gradients[2];
  shoal::ChainGradients to[2];
  for (int way = 0; way < 2; ++way) {
    gradients[way].push_back(unwritten(L * B * chain.inputs));
    int64_t inputs = chain.inputs;
    for (const shoal::ChainLayer& layer : chain.layers) {
      gradients[way].push_back(unwritten(L * inputs * layer.outputs));
      gradients[way].push_back(unwritten(L * layer.outputs));
      inputs = layer.outputs;
    }
    to[way].dx = gradients[way][0].data();
    for (size_t i = 1; i < gradients[way].size(); i += 2) {
      to[way].dw.push_back(gradients[way][i].data());
      to[way].db.push_back(gradients[way][i + 1].data());
    }
  }
  run(*shoal::chain_cost(chain, costs, cost.data(), to[0], threads));
  run(*shoal::chain_backward(chain, y, {dy.data(), L, B * C}, to[1], threads));
  compare("chain_cost", cost, cost2);
  for (size_t i = 0; i < gradients[0].size(); ++i) {
    compare("chain_cost gradient", gradients[0][i],
            {gradients[1][i].begin(), gradients[1][i].end()});
  }
}

}  // namespace

// Against its parts, each of which is checked by itself: product, rectifier, dropout.
void dense_chain() {
  const int64_t L = pick(1, 5), B = pick(0, 40), depth = pick(1, 3), threads = pick(1, 8);
  const bool wants_dx = pick(0, 1) == 1, wants_dw = !wants_dx || pick(0, 2) > 0;
  const std::vector<float> keep(static_cast<size_t>(L), kKeep);
  // Now and then so many terms that they are summed in blocks.
  int64_t inputs = pick(0, 19) == 0 ? pick(500, 1400) : pick(0, 70);
  Bounds low = bounds(L, inputs);
  Operand x(L, B * inputs);
  if (B > 0 && inputs > 0) keep_inside(x, L, B, inputs, Bounds{}, low);
  shoal::DenseChain chain{L, B, inputs, {}, x.per_lane(), {}};
  std::vector<Link> links;
  links.reserve(static_cast<size_t>(depth));
  for (int64_t i = 0; i < depth; ++i) {
    const int64_t outputs = pick(0, 70);
    const bool drops = pick(0, 2) == 0;
    links.push_back({inputs, outputs, drops || pick(0, 2) > 0, drops, low, bounds(L, outputs),
                     Operand(L, inputs * outputs), Operand(L, outputs), {}, {}});
    Link& link = links.back();
    if (inputs * outputs > 0) keep_inside(link.weight, L, inputs, outputs, low, link.high);
    if (outputs > 0) keep_inside(link.bias, L, 1, outputs, Bounds{}, link.high);
    for (int64_t word = 0; word < 2 * L; ++word) link.key.push_back(generator());
    for (int64_t n = 0; n < outputs; ++n) link.ranks.push_back(static_cast<int32_t>(pick(0, 99)));
    shoal::ChainLayer layer{outputs,
                            link.rectified,
                            link.weight.per_lane(),
                            link.bias.per_lane(),
                            link.high.per_lane(),
                            {},
                            {},
                            {}};
    if (drops) {
      layer.keep = {keep.data(), L, 1};
      layer.key = {link.key.data(), L, 2};
      layer.ranks = {link.ranks.data(), 1, outputs};
    }
    chain.layers.push_back(layer);
    inputs = outputs;
    low = link.high;
  }
  chain.active = links.front().low.per_lane();
  const Operand dy(L, B * inputs);

  // Layer by layer, forward and back.
  std::vector<std::vector<float>> results, products;
  PerLane<const float> from = x.per_lane();
  for (const Link& link : links) {
    const shoal::DenseShape shape{L,           B, link.inputs, link.outputs, link.low.per_lane(),
                                  link.high.per_lane()};
    const int64_t size = B * link.outputs;
    auto h = unwritten(L * size), y = unwritten(L * size);
    run(*shoal::dense_forward(shape, from, link.weight.per_lane(), link.bias.per_lane(), h.data(),
                              1));
    products.push_back(h);
    for (float& value : h) value = link.rectified && value < 0 ? 0 : value;
    if (link.drops) {
      run(*shoal::dropout({L, B, link.outputs, {h.data(), L, size}, {keep.data(), L, 1},
                           {link.key.data(), L, 2}, {link.ranks.data(), 1, link.outputs},
                           link.high.per_lane(), y.data()},
                          1));
    } else {
      y = h;
    }
    results.push_back(y);
    from = {results.back().data(), L, size};
  }
  std::vector<std::vector<double>> dw2(links.size()), db2(links.size());
  std::vector<float> above = dy.values;
  PerLane<const float> gradient = dy.per_lane();
  std::vector<float> dx2, dz2;
  for (size_t i = links.size(); i-- > 0;) {
    const Link& link = links[i];
    const shoal::DenseShape shape{L,           B, link.inputs, link.outputs, link.low.per_lane(),
                                  link.high.per_lane()};
    const int64_t size = B * link.outputs;
    std::vector<float> dh(static_cast<size_t>(L * size));
    for (int64_t k = 0; k < L * size; ++k) {
      const size_t at = static_cast<size_t>(k);
      const bool dropped = link.drops && results[i][at] == 0;
      const bool passes = (!link.rectified || products[i][at] > 0) && !dropped;
      const float scale = link.drops ? 1.0f / kKeep : 1.0f;
      dh[at] = passes ? gradient.of(k / size)[k % size] * scale : 0.0f;
    }
    auto dx = unwritten(L * B * link.inputs), dw = unwritten(L * link.inputs * link.outputs),
         db = unwritten(L * link.outputs);
    const PerLane<const float> in =
        i == 0 ? x.per_lane()
               : PerLane<const float>{results[i - 1].data(), L, B * link.inputs};
    run(*shoal::dense_input_grad(shape, {dh.data(), L, size}, link.weight.per_lane(), dx.data(),
                                 1));
    run(*shoal::dense_weight_grad(shape, in, {dh.data(), L, size}, dw.data(), db.data(), 1));
    dw2[i].assign(dw.begin(), dw.end());
    db2[i].assign(db.begin(), db.end());
    dx2 = dx;
    dz2 = dh;
    for (int64_t k = 0; k < L * size; ++k) {
      const bool inside = k % link.outputs < link.high.of(k / size, link.outputs);
      if (!inside) dz2[static_cast<size_t>(k)] = 0.0f;
    }
    above = dx;
    gradient = {above.data(), L, B * link.inputs};
  }

  std::vector<std::vector<float>> y, dw, db;
  std::vector<float*> to;
  for (const Link& link : links) {
    y.push_back(unwritten(L * B * link.outputs));
    dw.push_back(unwritten(L * link.inputs * link.outputs));
    db.push_back(unwritten(L * link.outputs));
  }
  for (auto& each : y) to.push_back(each.data());
  run(*shoal::chain_forward(chain, to, threads));
  compare("dense_chain y", y.back(), {results.back().begin(), results.back().end()});
  auto alone = unwritten(static_cast<int64_t>(y.back().size()));
  std::vector<float*> last(links.size(), nullptr);
  last.back() = alone.data();
  run(*shoal::chain_forward(chain, last, threads));
  compare("dense_chain y alone", alone, {y.back().begin(), y.back().end()});
  auto dx = unwritten(static_cast<int64_t>(dx2.size()));
  shoal::ChainGradients gradients{wants_dx ? dx.data() : nullptr, nullptr, {}, {}};
  std::vector<PerLane<const float>> kept;
  for (size_t i = 0; i < links.size(); ++i) {
    kept.push_back({y[i].data(), L, B * links[i].outputs});
    if (!wants_dw) continue;
    gradients.dw.push_back(dw[i].data());
    gradients.db.push_back(db[i].data());
  }
  run(*shoal::chain_backward(chain, kept, dy.per_lane(), gradients, threads));
  if (wants_dx) compare("dense_chain dx", dx, {dx2.begin(), dx2.end()});
  for (size_t i = 0; wants_dw && i < links.size(); ++i) {
    compare("dense_chain dw", dw[i], dw2[i]);
    compare("dense_chain db", db[i], db2[i]);
  }
  if (depth == 1) {
    auto dz = unwritten(static_cast<int64_t>(dz2.size()));
    shoal::ChainGradients factor{wants_dx ? dx.data() : nullptr, dz.data(), {}, {}};
    run(*shoal::chain_backward(chain, kept, dy.per_lane(), factor, threads));
    if (wants_dx) compare("dense_chain dx beside dz", dx, {dx2.begin(), dx2.end()});
    compare("dense_chain dz", dz, {dz2.begin(), dz2.end()});
  }
  if (inputs > 0) chain_cost(chain, kept, threads);
}

}  // namespace check
