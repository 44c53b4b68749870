#include <utility>

#include "batch_norm.h"
#include "bind.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "batch_norm takes x and dy [lanes, rows, columns], a weight [lanes, examples] whose examples "
    "have as many rows each, sums [lanes, segments, columns], numbers of each column [lanes, "
    "columns], epsilon [lanes] and active int32 [lanes], each with one copy a lane or one for all";

// The shape that all four have in common; lanes are those of the results.
BatchNormShape read(Check& check, int64_t lanes, const Floats& x, const Floats* weight,
                    const ffi::AnyBuffer& active) {
  BatchNormShape shape{};
  check.that(x.dimensions().size() == 3, kRule);
  check.that(weight == nullptr || weight->dimensions().size() == 2, kRule);
  if (check.failed()) return shape;
  shape.lanes = lanes;
  shape.rows = x.dimensions()[1];
  shape.columns = x.dimensions()[2];
  shape.x = check.floats(x, lanes, {shape.rows, shape.columns}, kRule);
  shape.active = check.bounds(active, lanes, kRule);
  if (weight != nullptr) {
    shape.examples = weight->dimensions()[1];
    check.that(shape.examples > 0 ? shape.rows % shape.examples == 0 : shape.rows == 0, kRule);
    shape.weight = check.floats(*weight, lanes, {shape.examples}, kRule);
  }
  return shape;
}

int64_t lanes_of(Check& check, ffi::Result<Floats>& result) {
  const auto dims = result->dimensions();
  check.that(dims.size() > 0, kRule);
  return check.failed() ? 0 : dims[0];
}

// A result must have the lanes of the first one.
float* result_of(Check& check, ffi::Result<Floats>& result, int64_t lanes,
                 std::initializer_list<int64_t> dims) {
  check.that(lanes_of(check, result) == lanes, kRule);
  return check.result(result, dims, kRule);
}

Completion moments(ffi::ThreadPool pool, Floats x, Floats weight, ffi::AnyBuffer active,
                   ffi::Result<Floats> means, ffi::Result<Floats> squares) {
  Check check;
  const int64_t lanes = lanes_of(check, means);
  const BatchNormShape s = read(check, lanes, x, &weight, active);
  Moments to{};
  to.means = result_of(check, means, lanes, {s.segments(), s.columns});
  to.squares = result_of(check, squares, lanes, {s.segments(), s.columns});
  if (check.failed()) return check.refusal();
  return run(batch_norm_moments(s, to, pool.num_threads()), pool);
}

Completion apply(ffi::ThreadPool pool, Floats x, Floats weight, Floats means, Floats squares,
                 Floats scale, Floats shift, Floats epsilon, ffi::AnyBuffer active,
                 ffi::Result<Floats> y, ffi::Result<Floats> mean, ffi::Result<Floats> variance) {
  Check check;
  const int64_t lanes = lanes_of(check, y);
  const BatchNormShape s = read(check, lanes, x, &weight, active);
  BatchNormApply call{};
  call.means = check.floats(means, lanes, {s.segments(), s.columns}, kRule);
  call.squares = check.floats(squares, lanes, {s.segments(), s.columns}, kRule);
  call.scale = check.floats(scale, lanes, {s.columns}, kRule);
  call.shift = check.floats(shift, lanes, {s.columns}, kRule);
  call.epsilon = check.floats(epsilon, lanes, {}, kRule);
  call.y = result_of(check, y, lanes, {s.rows, s.columns});
  call.mean = result_of(check, mean, lanes, {s.columns});
  call.variance = result_of(check, variance, lanes, {s.columns});
  if (check.failed()) return check.refusal();
  return run(batch_norm_apply(s, call, pool.num_threads()), pool);
}

Completion sums(ffi::ThreadPool pool, Floats x, Floats dy, Floats mean, ffi::AnyBuffer active,
                ffi::Result<Floats> sums, ffi::Result<Floats> products) {
  Check check;
  const int64_t lanes = lanes_of(check, sums);
  const BatchNormShape s = read(check, lanes, x, nullptr, active);
  BatchNormSums call{};
  call.dy = check.floats(dy, lanes, {s.rows, s.columns}, kRule);
  call.mean = check.floats(mean, lanes, {s.columns}, kRule);
  call.sums = result_of(check, sums, lanes, {s.segments(), s.columns});
  call.products = result_of(check, products, lanes, {s.segments(), s.columns});
  if (check.failed()) return check.refusal();
  return run(batch_norm_sums(s, call, pool.num_threads()), pool);
}

Completion grad(ffi::ThreadPool pool, Floats x, Floats dy, Floats weight, Floats sums,
                Floats products, Floats mean, Floats variance, Floats scale, Floats epsilon,
                ffi::AnyBuffer active, ffi::Result<Floats> dx, ffi::Result<Floats> dscale,
                ffi::Result<Floats> dshift) {
  Check check;
  const int64_t lanes = lanes_of(check, dx);
  const BatchNormShape s = read(check, lanes, x, &weight, active);
  BatchNormGrad call{};
  call.dy = check.floats(dy, lanes, {s.rows, s.columns}, kRule);
  call.sums = check.floats(sums, lanes, {s.segments(), s.columns}, kRule);
  call.products = check.floats(products, lanes, {s.segments(), s.columns}, kRule);
  call.mean = check.floats(mean, lanes, {s.columns}, kRule);
  call.variance = check.floats(variance, lanes, {s.columns}, kRule);
  call.scale = check.floats(scale, lanes, {s.columns}, kRule);
  call.epsilon = check.floats(epsilon, lanes, {}, kRule);
  call.dx = result_of(check, dx, lanes, {s.rows, s.columns});
  call.dscale = result_of(check, dscale, lanes, {s.columns});
  call.dshift = result_of(check, dshift, lanes, {s.columns});
  if (check.failed()) return check.refusal();
  return run(batch_norm_grad(s, call, pool.num_threads()), pool);
}

// So many buffers as operands, and then at least one as a result.
template <int Operands, int Results, typename Binding>
auto with_buffers(Binding&& binding) {
  if constexpr (Operands > 0) {
    return with_buffers<Operands - 1, Results>(std::move(binding).template Arg<ffi::AnyBuffer>());
  } else if constexpr (Results > 1) {
    return with_buffers<0, Results - 1>(std::move(binding).template Ret<ffi::AnyBuffer>());
  } else {
    return std::move(binding).template Ret<ffi::AnyBuffer>();
  }
}

auto binding() { return ffi::Ffi::Bind().Ctx<ffi::ThreadPool>(); }

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_batch_norm_moments, moments, (with_buffers<3, 2>(binding())));
XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_batch_norm_apply, apply, (with_buffers<8, 3>(binding())));
XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_batch_norm_sums, sums, (with_buffers<4, 2>(binding())));
XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_batch_norm_grad, grad, (with_buffers<10, 3>(binding())));

}  // namespace shoal
