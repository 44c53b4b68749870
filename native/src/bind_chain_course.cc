#include <algorithm>
#include <utility>

#include "bind_chain.h"
#include "bind_trained.h"
#include "chain_course.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "chain_course takes x float32 [lanes, examples, inputs], labels int32 and weights [lanes, "
    "examples], order int32 [lanes, steps, batch], alive, step and first_bad_step int32 [lanes], "
    "loss_sum and examples float32 [lanes], smoothing, weights of classes, active int32 [lanes], "
    "numbers [lanes, steps, 7], and for each layer what dense_chain takes and what the optimizer "
    "remembers of weight and bias; it gives the five of the course and for each layer weight and "
    "bias anew, each followed by what is remembered of it";

using Buffer = ffi::AnyBuffer;

class CourseReader {
 public:
  CourseReader(Check& check, const ffi::RemainingArgs& args, const ffi::RemainingRets& rets,
               int64_t lanes)
      : check_(check), args_(args), rets_(rets), lanes_(lanes) {}

  // One number a lane that a step changes, copied to where it is changed.
  template <typename T>
  T* progress(ffi::DataType type, const Buffer& from) {
    ffi::Result<Buffer> to = *rets_.get<Buffer>(ret_++);
    for (const auto dims : {from.dimensions(), to->dimensions()}) {
      check_.that(dims.size() == 1 && dims[0] == lanes_, kRule);
    }
    check_.that(from.element_type() == type && to->element_type() == type, kRule);
    if (check_.failed()) return nullptr;
    T* values = static_cast<T*>(to->untyped_data());
    const T* old = static_cast<const T*>(from.untyped_data());
    if (values != old) std::copy(old, old + lanes_, values);
    return values;
  }

  // A parameter and what is remembered of it, each in the memory of its result; nothing
  // if the operand is absent.
  Trained trained(const Buffer& param, size_t remembered, size_t count, bool decays) {
    Trained found{decays, nullptr, nullptr, nullptr};
    const auto dims = param.dimensions();
    if (dims.size() > 0 && dims[0] == 0) return found;
    float** places[] = {&found.param, &found.first, &found.second};
    for (size_t i = 0; i < count && !check_.failed(); ++i) {
      const Buffer old = i == 0 ? param : *args_.get<Buffer>(remembered + i - 1);
      ffi::Result<Buffer> to = *rets_.get<Buffer>(ret_++);
      check_.that(same(old, dims, false) && same(*to, dims, true), kRule);
      if (check_.failed()) break;
      int64_t stride = 1;
      for (size_t d = 1; d < dims.size(); ++d) stride *= dims[d];
      *places[i] = in_place(old, to, stride);
    }
    return found;
  }

  bool over() const { return ret_ == rets_.size(); }
  bool left(size_t results) const { return ret_ + results <= rets_.size(); }

 private:
  bool same(const Buffer& buffer, Buffer::Dimensions dims, bool of_all) const {
    const auto own = buffer.dimensions();
    if (buffer.element_type() != ffi::F32 || own.size() != dims.size()) return false;
    for (size_t d = 1; d < dims.size(); ++d) {
      if (own[d] != dims[d]) return false;
    }
    return own[0] == lanes_ || (own[0] == 1 && !of_all);
  }

  Check& check_;
  const ffi::RemainingArgs& args_;
  const ffi::RemainingRets& rets_;
  int64_t lanes_;
  size_t ret_ = 0;
};

Batches batches_of(Check& check, int64_t lanes, Buffer x, Buffer labels, Buffer weights,
                   Buffer order) {
  Batches batches{};
  check.that(x.dimensions().size() == 3 && order.dimensions().size() == 3, kRule);
  check.that(order.element_type() == ffi::S32, kRule);
  if (check.failed()) return batches;
  const auto dims = order.dimensions();
  batches.examples = x.dimensions()[1];
  batches.steps = dims[1];
  batches.x = check.floats(x, lanes, {batches.examples, x.dimensions()[2]}, kRule);
  batches.labels = check.words<int32_t>(labels, ffi::S32, lanes, batches.examples, kRule);
  batches.weights = check.floats(weights, lanes, {batches.examples}, kRule, true);
  check.that(dims[0] == lanes || dims[0] == 1, kRule);
  check.that(batches.examples > 0 || dims[1] * dims[2] == 0, kRule);
  batches.order = {static_cast<const int32_t*>(order.untyped_data()), dims[0],
                   dims[1] * dims[2]};
  return batches;
}

Completion course(ffi::ThreadPool pool, ffi::Span<const int64_t> rectified, int64_t kind,
                  ffi::Span<const int64_t> decays, Buffer x, Buffer labels, Buffer weights,
                  Buffer order, Buffer alive, Buffer step, Buffer first_bad_step, Buffer loss_sum,
                  Buffer examples, Buffer smoothing, Buffer classes, Buffer active_in,
                  Buffer numbers, ffi::RemainingArgs args, ffi::RemainingRets rets) {
  constexpr size_t kCourse = 5;
  const size_t depth = rectified.size();
  Check check;
  check.that(kind >= 0 && kind <= static_cast<int64_t>(UpdateKind::kAdamW), kRule);
  check.that(depth > 0 && decays.size() == 2 * depth && rets.size() >= kCourse, kRule);
  check.that(alive.dimensions().size() == 1, kRule);
  if (check.failed()) return check.refusal();
  ChainCourse job{};
  job.kind = static_cast<UpdateKind>(kind);
  const size_t arrays = static_cast<size_t>(arrays_of(job.kind));
  const size_t each = kOperands + 2 * (arrays - 1);
  const int64_t lanes = alive.dimensions()[0];
  check.that(args.size() == each * depth, kRule);
  job.batches = batches_of(check, lanes, x, labels, weights, order);
  if (check.failed()) return check.refusal();
  DenseChain& chain = job.chain;
  chain.lanes = lanes;
  chain.batch = order.dimensions()[2];
  chain.inputs = x.dimensions()[2];
  chain.active = check.bounds(active_in, lanes, kRule);
  CourseReader read(check, args, rets, lanes);
  job.progress = {read.progress<int32_t>(ffi::S32, alive), read.progress<int32_t>(ffi::S32, step),
                  read.progress<int32_t>(ffi::S32, first_bad_step),
                  read.progress<float>(ffi::F32, loss_sum),
                  read.progress<float>(ffi::F32, examples)};
  int64_t inputs = chain.inputs;
  for (size_t i = 0; i < depth && !check.failed(); ++i) {
    const size_t first = each * i;
    ChainReader operands(check, kRule, args, rets, first);
    ChainLayer layer = layer_of(check, kRule, operands, args, first, lanes, inputs,
                                rectified[i] != 0);
    if (check.failed()) break;
    const bool biased = layer.bias.count > 0;
    check.that(read.left(arrays * (biased ? 2 : 1)), kRule);
    if (check.failed()) break;
    const size_t remembered = first + kOperands;
    job.weights.push_back(read.trained(*args.get<Buffer>(first), remembered, arrays,
                                       decays[2 * i] != 0));
    job.biases.push_back(read.trained(*args.get<Buffer>(first + 1), remembered + arrays - 1,
                                      arrays, decays[2 * i + 1] != 0));
    layer.weight = {job.weights.back().param, lanes, inputs * layer.outputs};
    if (biased) layer.bias = {job.biases.back().param, lanes, layer.outputs};
    inputs = layer.outputs;
    chain.layers.push_back(layer);
  }
  check.that(inputs > 0 && read.over(), kRule);
  if (check.failed()) return check.refusal();
  job.smoothing = check.floats(smoothing, lanes, {}, kRule, true);
  job.classes = check.floats(classes, lanes, {inputs}, kRule, true);
  job.numbers = check.floats(numbers, lanes, {job.batches.steps, kNumbers}, kRule);
  if (check.failed()) return check.refusal();
  return run(chain_course(std::move(job), pool.num_threads()), pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_chain_course, course,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<ffi::Span<const int64_t>>("rectified")
                                  .Attr<int64_t>("kind")
                                  .Attr<ffi::Span<const int64_t>>("decays")
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .RemainingArgs()
                                  .RemainingRets());

}  // namespace shoal
