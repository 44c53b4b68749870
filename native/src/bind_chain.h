// Chains of fully connected layers as operands of a call.
#ifndef SHOAL_BIND_CHAIN_H_
#define SHOAL_BIND_CHAIN_H_

#include "bind.h"
#include "dense_chain.h"

namespace shoal {

// Operands and results in their order, once their number is known to be right.
class ChainReader {
 public:
  ChainReader(Check& check, const char* rule, const ffi::RemainingArgs& args,
              const ffi::RemainingRets& rets, size_t first = 0)
      : check_(check), rule_(rule), args_(args), rets_(rets), arg_(first) {}

  ffi::AnyBuffer operand() { return *args_.get<ffi::AnyBuffer>(arg_++); }
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
    ffi::Result<ffi::AnyBuffer> next = *rets_.get<ffi::AnyBuffer>(ret_++);
    float* data = check_.result(next, dims, rule_);
    if (!check_.failed()) check_.that(next->dimensions()[0] == lanes, rule_);
    return data;
  }

 private:
  Check& check_;
  const char* rule_;
  const ffi::RemainingArgs& args_;
  const ffi::RemainingRets& rets_;
  size_t arg_, ret_ = 0;
};

// The outputs of a layer whose weight comes next.
inline int64_t outputs_of(const ffi::RemainingArgs& args, size_t weight, Check& check,
                          const char* rule) {
  const auto dims = args.get<ffi::AnyBuffer>(weight)->dimensions();
  check.that(dims.size() == 3, rule);
  return check.failed() ? 0 : dims[2];
}

constexpr size_t kOperands = 6;  // of a layer that is computed forward

// A chain without its layers.
inline DenseChain chain_of(Check& check, const char* rule, int64_t lanes, ffi::AnyBuffer x,
                           ffi::AnyBuffer active_in) {
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

// The operands of a layer that takes `inputs` of them, the first of which is its weight.
inline ChainLayer layer_of(Check& check, const char* rule, ChainReader& read,
                           const ffi::RemainingArgs& args, size_t first, int64_t lanes,
                           int64_t inputs, bool rectified) {
  ChainLayer layer{};
  layer.outputs = outputs_of(args, first, check, rule);
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

}  // namespace shoal

#endif  // SHOAL_BIND_CHAIN_H_
