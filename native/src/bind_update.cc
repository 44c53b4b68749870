#include <utility>

#include "bind_trained.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "an update takes numbers [lanes, 7] and, for each parameter, its arrays and its gradient, "
    "float32 [lanes, ...] of one shape, nothing [0, 0, 0], and two bounds, int32 [lanes]; or "
    "instead of the gradient x [lanes, batch, rows] and dz [lanes, batch, columns], and of a "
    "parameter of a single row dz without x; it gives the arrays anew";

// Operands of a parameter beside its arrays.
constexpr size_t kBesides = 4;

bool alike(const ffi::AnyBuffer& buffer, ffi::AnyBuffer::Dimensions dims) {
  const auto own = buffer.dimensions();
  if (buffer.element_type() != ffi::F32 || own.size() != dims.size()) return false;
  for (size_t i = 1; i < dims.size(); ++i) {
    if (own[i] != dims[i]) return false;
  }
  return own[0] == dims[0] || own[0] == 1;
}

Parameter layout(ffi::AnyBuffer::Dimensions dims) {
  Parameter p{};
  const size_t rank = dims.size();
  p.columns = rank > 1 ? dims[rank - 1] : 1;
  p.rows = rank > 2 ? dims[rank - 2] : 1;
  p.blocks = 1;
  for (size_t i = 1; i + 2 < rank; ++i) p.blocks *= dims[i];
  return p;
}

// What the gradient of a weight, or without x of a bias, is made of; no dz if it is there.
bool read_factors(int64_t lanes, const ffi::AnyBuffer& x, const ffi::AnyBuffer& dz, Parameter& p) {
  Check check;
  check.that(dz.dimensions().size() == 3 && x.dimensions().size() == 3 && p.blocks == 1, kRule);
  if (check.failed()) return false;
  const int64_t batch = p.factors.batch = dz.dimensions()[1];
  p.factors.dz = check.floats(dz, lanes, {batch, p.columns}, kRule);
  if (x.dimensions()[0] == 0) {
    check.that(p.rows == 1, kRule);
  } else {
    p.factors.x = check.floats(x, lanes, {batch, p.rows}, kRule);
  }
  return !check.failed();
}

// Reads one parameter's operands and results; false if they break the rule.
bool read(UpdateKind kind, int64_t lanes, const ffi::RemainingArgs& args,
          const ffi::RemainingRets& rets, size_t index, Parameter& p) {
  const size_t arrays = static_cast<size_t>(arrays_of(kind));
  const size_t first = index * (arrays + kBesides);
  auto result = rets.get<ffi::AnyBuffer>(index * arrays);
  auto grad = args.get<ffi::AnyBuffer>(first + arrays);
  auto dz = args.get<ffi::AnyBuffer>(first + arrays + 1);
  auto low = args.get<ffi::AnyBuffer>(first + arrays + 2);
  auto high = args.get<ffi::AnyBuffer>(first + arrays + 3);
  if (!result || !grad || !dz || !low || !high) return false;
  const auto dims = (*result)->dimensions();
  if (dims.size() < 1 || dims[0] != lanes || dz->dimensions().size() != 3) return false;
  const bool whole = dz->dimensions()[0] == 0;  // the gradient is there
  if (whole && !alike(*grad, dims)) return false;
  const bool decays = p.decays;
  p = layout(dims);
  p.decays = decays;
  const int64_t stride = p.blocks * p.rows * p.columns;
  Check check;
  p.low = check.bounds(*low, lanes, kRule);
  p.high = check.bounds(*high, lanes, kRule);
  if (check.failed()) return false;
  if (whole) {
    p.grad = {static_cast<const float*>(grad->untyped_data()), grad->dimensions()[0], stride};
  } else if (!read_factors(lanes, *grad, *dz, p)) {
    return false;
  }
  float** places[] = {&p.param, &p.first, &p.second};
  for (size_t i = 0; i < arrays; ++i) {
    auto old = args.get<ffi::AnyBuffer>(first + i);
    auto own = rets.get<ffi::AnyBuffer>(index * arrays + i);
    if (!old || !own || !alike(*old, dims)) return false;
    if (!alike(**own, dims) || (*own)->dimensions()[0] != lanes) return false;
    *places[i] = in_place(*old, *own, stride);
  }
  return true;
}

Completion step(ffi::ThreadPool pool, int64_t kind, ffi::Span<const int64_t> decays,
                ffi::AnyBuffer numbers, ffi::RemainingArgs args, ffi::RemainingRets rets) {
  Check check;
  check.that(kind >= 0 && kind <= static_cast<int64_t>(UpdateKind::kAdamW), kRule);
  check.that(numbers.dimensions().size() == 2, kRule);
  if (check.failed()) return check.refusal();
  Update job{};
  job.kind = static_cast<UpdateKind>(kind);
  const size_t arrays = static_cast<size_t>(arrays_of(job.kind)), count = decays.size();
  check.that(args.size() == count * (arrays + kBesides) && rets.size() == count * arrays, kRule);
  if (check.failed()) return check.refusal();
  if (count == 0) return {ffi::Error::Success()};
  auto first = rets.get<ffi::AnyBuffer>(0);
  check.that(first.has_value() && (*first)->dimensions().size() > 0, kRule);
  if (check.failed()) return check.refusal();
  job.lanes = (*first)->dimensions()[0];
  job.numbers = check.floats(numbers, job.lanes, {kNumbers}, kRule);
  if (check.failed()) return check.refusal();
  job.parameters.resize(count);
  for (size_t i = 0; i < count; ++i) {
    job.parameters[i].decays = decays[i] != 0;
    check.that(read(job.kind, job.lanes, args, rets, i, job.parameters[i]), kRule);
    if (check.failed()) return check.refusal();
  }
  return run(update(std::move(job), pool.num_threads()), pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_update, step,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<int64_t>("kind")
                                  .Attr<ffi::Span<const int64_t>>("decays")
                                  .Arg<ffi::AnyBuffer>()
                                  .RemainingArgs()
                                  .RemainingRets());

}  // namespace shoal
