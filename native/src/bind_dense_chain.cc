#include <utility>

#include "bind_chain.h"

namespace shoal {

namespace {

constexpr char kForwardRule[] =
    "dense_chain takes x float32 [lanes, batch, inputs], active int32 [lanes], and for each layer "
    "weight [lanes, inputs, outputs], bias [lanes or 0, outputs], active [lanes], keep [lanes or "
    "0], key uint32 [lanes or 0, 2] and ranks int32 [lanes or 0, outputs], where lanes may be 1, "
    "and gives each layer's result [lanes, batch, outputs], or the last one's alone; dropout comes "
    "after a rectifier";
constexpr char kGradRule[] =
    "dense_chain_grad takes x float32 [lanes, batch, inputs], active int32 [lanes], dy [lanes, "
    "batch, outputs], and for each layer weight [lanes, inputs, outputs], active [lanes], keep "
    "[lanes or 0] and its result [lanes, batch, outputs], where lanes may be 1, and gives dx, "
    "where it is wanted, each layer's dw and db, where they are wanted, and of a layer alone dz "
    "[lanes, batch, outputs], where it is";

constexpr char kCostRule[] =
    "dense_chain_cost takes labels int32 [lanes, batch], how much each row counts [lanes, batch], "
    "smoothing [lanes or 0], weights of classes [lanes or 0, classes] and what dense_chain takes, "
    "and gives the cost [lanes], dx, where it is wanted, and each layer's dw and db, where they "
    "are wanted; there is at least one class";

using Buffer = ffi::AnyBuffer;

Completion forward(ffi::ThreadPool pool, ffi::Span<const int64_t> rectified, Buffer x,
                   Buffer active_in, ffi::RemainingArgs args, ffi::RemainingRets rets) {
  const size_t depth = rectified.size();
  Check check;
  check.that(depth > 0 && args.size() == kOperands * depth, kForwardRule);
  check.that(rets.size() == depth || rets.size() == 1, kForwardRule);
  if (check.failed()) return check.refusal();
  const auto first = (*rets.get<Buffer>(0))->dimensions();
  check.that(first.size() == 3, kForwardRule);
  if (check.failed()) return check.refusal();
  DenseChain chain = chain_of(check, kForwardRule, first[0], x, active_in);
  ChainReader read(check, kForwardRule, args, rets);
  std::vector<float*> y;
  int64_t inputs = chain.inputs;
  for (size_t i = 0; i < depth && !check.failed(); ++i) {
    const ChainLayer layer = layer_of(check, kForwardRule, read, args, kOperands * i, chain.lanes, inputs,
                                      rectified[i] != 0);
    const bool wanted = rets.size() == depth || i + 1 == depth;
    y.push_back(wanted ? read.result(chain.lanes, {chain.batch, layer.outputs}) : nullptr);
    inputs = layer.outputs;
    chain.layers.push_back(layer);
  }
  if (check.failed()) return check.refusal();
  return run(chain_forward(std::move(chain), std::move(y), pool.num_threads()), pool);
}

Completion gradients(ffi::ThreadPool pool, ffi::Span<const int64_t> rectified, int64_t wants_dx,
                     int64_t wants_dw, int64_t wants_dz, Buffer x, Buffer active_in, Buffer dy,
                     ffi::RemainingArgs args, ffi::RemainingRets rets) {
  constexpr size_t kTaken = 4;  // operands of a layer
  const size_t depth = rectified.size();
  const size_t results =
      (wants_dx != 0 ? 1 : 0) + (wants_dw != 0 ? 2 * depth : 0) + (wants_dz != 0 ? 1 : 0);
  Check check;
  check.that(wants_dz == 0 || depth == 1, kGradRule);
  check.that(depth > 0 && args.size() == kTaken * depth, kGradRule);
  check.that(results > 0 && rets.size() == results, kGradRule);
  if (check.failed()) return check.refusal();
  const auto first = (*rets.get<Buffer>(0))->dimensions();
  check.that(first.size() == 3, kGradRule);
  if (check.failed()) return check.refusal();
  DenseChain chain = chain_of(check, kGradRule, first[0], x, active_in);
  ChainReader read(check, kGradRule, args, rets);
  ChainGradients to{};
  if (wants_dx != 0) to.dx = read.result(chain.lanes, {chain.batch, chain.inputs});
  std::vector<PerLane<const float>> y;
  int64_t inputs = chain.inputs;
  for (size_t i = 0; i < depth && !check.failed(); ++i) {
    ChainLayer layer{};
    layer.outputs = outputs_of(args, kTaken * i, check, kGradRule);
    layer.rectified = rectified[i] != 0;
    layer.weight = read.floats(chain.lanes, {inputs, layer.outputs});
    layer.active = read.bounds(chain.lanes);
    layer.keep = read.floats(chain.lanes, {}, true);
    y.push_back(read.floats(chain.lanes, {chain.batch, layer.outputs}));
    if (wants_dw != 0) {
      to.dw.push_back(read.result(chain.lanes, {inputs, layer.outputs}));
      to.db.push_back(read.result(chain.lanes, {layer.outputs}));
    }
    inputs = layer.outputs;
    chain.layers.push_back(layer);
  }
  if (wants_dz != 0) to.dz = read.result(chain.lanes, {chain.batch, inputs});
  const auto above = check.floats(dy, chain.lanes, {chain.batch, inputs}, kGradRule);
  if (check.failed()) return check.refusal();
  return run(chain_backward(std::move(chain), std::move(y), above, std::move(to),
                            pool.num_threads()),
             pool);
}

Completion cost(ffi::ThreadPool pool, ffi::Span<const int64_t> rectified, int64_t wants_dx,
                int64_t wants_dw, Buffer labels, Buffer rows, Buffer smoothing, Buffer classes,
                Buffer x, Buffer active_in, ffi::RemainingArgs args, ffi::RemainingRets rets) {
  const size_t depth = rectified.size();
  const size_t results = 1 + (wants_dx != 0 ? 1 : 0) + (wants_dw != 0 ? 2 * depth : 0);
  Check check;
  check.that(depth > 0 && args.size() == kOperands * depth && rets.size() == results, kCostRule);
  if (check.failed()) return check.refusal();
  const auto first = (*rets.get<Buffer>(0))->dimensions();
  check.that(first.size() == 1, kCostRule);
  if (check.failed()) return check.refusal();
  DenseChain chain = chain_of(check, kCostRule, first[0], x, active_in);
  ChainReader read(check, kCostRule, args, rets);
  float* to = read.result(chain.lanes, {});
  ChainGradients gradients{};
  if (wants_dx != 0) gradients.dx = read.result(chain.lanes, {chain.batch, chain.inputs});
  int64_t inputs = chain.inputs;
  for (size_t i = 0; i < depth && !check.failed(); ++i) {
    const ChainLayer layer = layer_of(check, kCostRule, read, args, kOperands * i, chain.lanes, inputs,
                                      rectified[i] != 0);
    if (wants_dw != 0) {
      gradients.dw.push_back(read.result(chain.lanes, {inputs, layer.outputs}));
      gradients.db.push_back(read.result(chain.lanes, {layer.outputs}));
    }
    inputs = layer.outputs;
    chain.layers.push_back(layer);
  }
  check.that(inputs > 0, kCostRule);
  if (check.failed()) return check.refusal();
  RowCosts costs{};
  costs.labels = check.words<int32_t>(labels, ffi::S32, chain.lanes, chain.batch, kCostRule);
  costs.rows = check.floats(rows, chain.lanes, {chain.batch}, kCostRule);
  costs.smoothing = check.floats(smoothing, chain.lanes, {}, kCostRule, true);
  costs.classes = check.floats(classes, chain.lanes, {inputs}, kCostRule, true);
  if (check.failed()) return check.refusal();
  return run(chain_cost(std::move(chain), costs, to, std::move(gradients), pool.num_threads()),
             pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_dense_chain, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<ffi::Span<const int64_t>>("rectified")
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .RemainingArgs()
                                  .RemainingRets());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_dense_chain_grad, gradients,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<ffi::Span<const int64_t>>("rectified")
                                  .Attr<int64_t>("wants_dx")
                                  .Attr<int64_t>("wants_dw")
                                  .Attr<int64_t>("wants_dz")
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .RemainingArgs()
                                  .RemainingRets());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_dense_chain_cost, cost,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<ffi::Span<const int64_t>>("rectified")
                                  .Attr<int64_t>("wants_dx")
                                  .Attr<int64_t>("wants_dw")
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .RemainingArgs()
                                  .RemainingRets());

}  // namespace shoal
