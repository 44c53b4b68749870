#include <utility>

#include "bind.h"
#include "dense_chain.h"

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
    "where it is wanted, and each layer's dw and db, where they are wanted";

constexpr char kCostRule[] =
    "dense_chain_cost takes labels int32 [lanes, batch], how much each row counts [lanes, batch], "
    "smoothing [lanes or 0], weights of classes [lanes or 0, classes] and what dense_chain takes, "
    "and gives the cost [lanes], dx, where it is wanted, and each layer's dw and db, where they "
    "are wanted; there is at least one class";

using Buffer = ffi::AnyBuffer;

// Operands and results in their order, once their number is known to be right.
class Reader {
 public:
  Reader(Check& check, const char* rule, const ffi::RemainingArgs& args,
         const ffi::RemainingRets& rets)
      : check_(check), rule_(rule), args_(args), rets_(rets) {}

  Buffer operand() { return *args_.get<Buffer>(arg_++); }
  PerLane<const float> floats(int64_t lanes, std::initializer_list<int64_t> dims,
                              bool optional = false) {
    return check_.floats(operand(), lanes, dims, rule_, optional);
  }
  PerLane<const int32_t> bounds(int64_t lanes) { return check_.bounds(operand(), lanes, rule_); }
  template <typename T>
  PerLane<const T> words(ffi::DataType type, int64_t lanes, int64_t width) {
    return check_.words<T>(operand(), type, lanes, width, rule_, true);
  }
  // A result of shape [lanes, dims...].
  float* result(int64_t lanes, std::initializer_list<int64_t> dims) {
    ffi::Result<Buffer> next = *rets_.get<Buffer>(ret_++);
    float* data = check_.result(next, dims, rule_);
    if (!check_.failed()) check_.that(next->dimensions()[0] == lanes, rule_);
    return data;
  }

 private:
  Check& check_;
  const char* rule_;
  const ffi::RemainingArgs& args_;
  const ffi::RemainingRets& rets_;
  size_t arg_ = 0, ret_ = 0;
};

// The outputs of a layer whose weight comes next.
int64_t outputs_of(const ffi::RemainingArgs& args, size_t weight, Check& check,
                   const char* rule) {
  const auto dims = args.get<Buffer>(weight)->dimensions();
  check.that(dims.size() == 3, rule);
  return check.failed() ? 0 : dims[2];
}

constexpr size_t kOperands = 6;  // of a layer that is computed forward

// A chain without its layers.
DenseChain chain_of(Check& check, const char* rule, int64_t lanes, Buffer x, Buffer active_in) {
  DenseChain chain{};
  check.that(x.dimensions().size() == 3, rule);
  if (check.failed()) return chain;
  chain.lanes = lanes;
  chain.batch = x.dimensions()[1];
  chain.inputs = x.dimensions()[2];
  chain.x = check.floats(x, lanes, {chain.batch, chain.inputs}, rule);
  chain.active = check.bounds(active_in, lanes, rule);
  return chain;
}

// The operands of layer i, which takes `inputs` of them.
ChainLayer layer_of(Check& check, const char* rule, Reader& read, const ffi::RemainingArgs& args,
                    size_t i, int64_t lanes, int64_t inputs, bool rectified) {
  ChainLayer layer{};
  layer.outputs = outputs_of(args, kOperands * i, check, rule);
  layer.rectified = rectified;
  layer.weight = read.floats(lanes, {inputs, layer.outputs});
  layer.bias = read.floats(lanes, {layer.outputs}, true);
  layer.active = read.bounds(lanes);
  layer.keep = read.floats(lanes, {}, true);
  layer.key = read.words<uint32_t>(ffi::U32, lanes, 2);
  layer.ranks = read.words<int32_t>(ffi::S32, lanes, layer.outputs);
  const bool drops = layer.keep.count > 0;
  check.that(!drops || (layer.rectified && layer.key.count > 0 && layer.ranks.count > 0), rule);
  return layer;
}

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
  Reader read(check, kForwardRule, args, rets);
  std::vector<float*> y;
  int64_t inputs = chain.inputs;
  for (size_t i = 0; i < depth && !check.failed(); ++i) {
    const ChainLayer layer = layer_of(check, kForwardRule, read, args, i, chain.lanes, inputs,
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
                     int64_t wants_dw, Buffer x, Buffer active_in, Buffer dy,
                     ffi::RemainingArgs args, ffi::RemainingRets rets) {
  constexpr size_t kTaken = 4;  // operands of a layer
  const size_t depth = rectified.size();
  const size_t results = (wants_dx != 0 ? 1 : 0) + (wants_dw != 0 ? 2 * depth : 0);
  Check check;
  check.that(depth > 0 && args.size() == kTaken * depth, kGradRule);
  check.that(results > 0 && rets.size() == results, kGradRule);
  if (check.failed()) return check.refusal();
  const auto first = (*rets.get<Buffer>(0))->dimensions();
  check.that(first.size() == 3, kGradRule);
  if (check.failed()) return check.refusal();
  DenseChain chain = chain_of(check, kGradRule, first[0], x, active_in);
  Reader read(check, kGradRule, args, rets);
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
  Reader read(check, kCostRule, args, rets);
  float* to = read.result(chain.lanes, {});
  ChainGradients gradients{};
  if (wants_dx != 0) gradients.dx = read.result(chain.lanes, {chain.batch, chain.inputs});
  int64_t inputs = chain.inputs;
  for (size_t i = 0; i < depth && !check.failed(); ++i) {
    const ChainLayer layer = layer_of(check, kCostRule, read, args, i, chain.lanes, inputs,
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
