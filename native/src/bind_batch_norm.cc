#include <utility>

#include "batch_norm.h"
#include "bind.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "batch_norm takes x [lanes, rows, columns], y and dy of as many rows as there are windows, a "
    "weight [lanes, examples] whose examples have as many rows each, sums [lanes, segments, "
    "columns], numbers of each column [lanes, columns], epsilon [lanes] and active int32 [lanes], "
    "each with one copy a lane or one for all";
constexpr char kAfter[] =
    "batch_norm takes windows that fill the maps: after is how many rows lie side by side, the "
    "windows' height and width (their product below 255), and whether what is below 0 is cut off; "
    "winner is uint8 of the maxima's shape, or without columns where there are no windows";

using After = ffi::Span<const int64_t>;

AfterNorm after_of(Check& check, const BatchNormShape& shape, After after) {
  check.that(after.size() == 4, kAfter);
  if (check.failed()) return {};
  for (int64_t size : after) check.that(size >= 0 && size < (int64_t{1} << 31), kAfter);
  check.that(after[0] > 0 && after[1] > 0 && after[2] > 0 && after[3] < 2, kAfter);
  if (check.failed()) return {};
  const AfterNorm to{after[0], after[1], after[2], after[3] == 1};
  check.that(to.height < 255 && to.width < 255 && to.places() < 255, kAfter);
  if (check.failed()) return {};
  const int64_t each = shape.examples > 0 ? shape.rows / shape.examples : 0;
  const bool fill = to.across % to.width == 0 && each % to.band() == 0;
  check.that(!to.pooled() || (fill && shape.rows % to.band() == 0), kAfter);
  return check.failed() ? AfterNorm{} : to;
}

// The shape that all four have in common; lanes are those of the results.
BatchNormShape read(Check& check, int64_t lanes, const Floats& x, const Floats& weight,
                    const ffi::AnyBuffer& active, After after) {
  BatchNormShape shape{};
  check.that(x.dimensions().size() == 3, kRule);
  check.that(weight.dimensions().size() == 2, kRule);
  if (check.failed()) return shape;
  shape.lanes = lanes;
  shape.rows = x.dimensions()[1];
  shape.columns = x.dimensions()[2];
  shape.x = check.floats(x, lanes, {shape.rows, shape.columns}, kRule);
  shape.active = check.bounds(active, lanes, kRule);
  shape.examples = weight.dimensions()[1];
  check.that(shape.examples > 0 ? shape.rows % shape.examples == 0 : shape.rows == 0, kRule);
  shape.weight = check.floats(weight, lanes, {shape.examples}, kRule);
  if (!check.failed()) shape.after = after_of(check, shape, after);
  return shape;
}

// Whether it has the maxima's shape, or is empty where there are no windows.
bool like_winner(const BatchNormShape& s, const ffi::AnyBuffer& buffer, bool may_be_shared) {
  const auto dims = buffer.dimensions();
  return buffer.element_type() == ffi::U8 && dims.size() == 3 &&
         (dims[0] == s.lanes || (may_be_shared && dims[0] <= 1)) && dims[1] == s.maxima() &&
         dims[2] == (s.after.pooled() ? s.columns : 0);
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
                   ffi::Result<Floats> means, ffi::Result<Floats> squares, After after) {
  Check check;
  const int64_t lanes = lanes_of(check, means);
  const BatchNormShape s = read(check, lanes, x, weight, active, after);
  if (check.failed()) return check.refusal();
  Moments to{};
  to.means = result_of(check, means, lanes, {s.segments(), s.columns});
  to.squares = result_of(check, squares, lanes, {s.segments(), s.columns});
  if (check.failed()) return check.refusal();
  return run(batch_norm_moments(s, to, pool.num_threads()), pool);
}

Completion apply(ffi::ThreadPool pool, Floats x, Floats weight, Floats means, Floats squares,
                 Floats scale, Floats shift, Floats epsilon, ffi::AnyBuffer active,
                 ffi::Result<Floats> y, ffi::Result<ffi::AnyBuffer> winner,
                 ffi::Result<Floats> mean, ffi::Result<Floats> variance, After after) {
  Check check;
  const int64_t lanes = lanes_of(check, y);
  const BatchNormShape s = read(check, lanes, x, weight, active, after);
  if (check.failed()) return check.refusal();
  BatchNormApply call{};
  call.means = check.floats(means, lanes, {s.segments(), s.columns}, kRule);
  call.squares = check.floats(squares, lanes, {s.segments(), s.columns}, kRule);
  call.scale = check.floats(scale, lanes, {s.columns}, kRule);
  call.shift = check.floats(shift, lanes, {s.columns}, kRule);
  call.epsilon = check.floats(epsilon, lanes, {}, kRule);
  call.y = result_of(check, y, lanes, {s.maxima(), s.columns});
  check.that(like_winner(s, *winner, false), kAfter);
  call.winner = static_cast<uint8_t*>(winner->untyped_data());
  call.mean = result_of(check, mean, lanes, {s.columns});
  call.variance = result_of(check, variance, lanes, {s.columns});
  if (check.failed()) return check.refusal();
  return run(batch_norm_apply(s, call, pool.num_threads()), pool);
}

// What both passes of the gradient take.
struct Back {
  Floats x, dy;
  ffi::AnyBuffer winner;
  Floats weight, mean, variance, scale, shift, epsilon;
};

BatchNormBack back_of(Check& check, const BatchNormShape& s, const Back& of) {
  BatchNormBack from{};
  if (check.failed()) return from;
  from.dy = check.floats(of.dy, s.lanes, {s.maxima(), s.columns}, kRule);
  check.that(like_winner(s, of.winner, true), kAfter);
  if (check.failed()) return from;
  from.winner = {static_cast<const uint8_t*>(of.winner.untyped_data()),
                 of.winner.dimensions()[0], s.maxima() * s.columns};
  from.mean = check.floats(of.mean, s.lanes, {s.columns}, kRule);
  from.variance = check.floats(of.variance, s.lanes, {s.columns}, kRule);
  from.scale = check.floats(of.scale, s.lanes, {s.columns}, kRule);
  from.shift = check.floats(of.shift, s.lanes, {s.columns}, kRule);
  from.epsilon = check.floats(of.epsilon, s.lanes, {}, kRule);
  return from;
}

Completion sums(ffi::ThreadPool pool, Floats x, Floats dy, ffi::AnyBuffer winner, Floats weight,
                Floats mean, Floats variance, Floats scale, Floats shift, Floats epsilon,
                ffi::AnyBuffer active, ffi::Result<Floats> sums, ffi::Result<Floats> products,
                After after) {
  Check check;
  const int64_t lanes = lanes_of(check, sums);
  const BatchNormShape s = read(check, lanes, x, weight, active, after);
  BatchNormSums call{};
  call.from =
      back_of(check, s, {x, dy, winner, weight, mean, variance, scale, shift, epsilon});
  if (check.failed()) return check.refusal();
  call.sums = result_of(check, sums, lanes, {s.segments(), s.columns});
  call.products = result_of(check, products, lanes, {s.segments(), s.columns});
  if (check.failed()) return check.refusal();
  return run(batch_norm_sums(s, call, pool.num_threads()), pool);
}

Completion grad(ffi::ThreadPool pool, Floats x, Floats dy, ffi::AnyBuffer winner, Floats weight,
                Floats mean, Floats variance, Floats scale, Floats shift, Floats epsilon,
                Floats sums, Floats products, ffi::AnyBuffer active, ffi::Result<Floats> dx,
                ffi::Result<Floats> dscale, ffi::Result<Floats> dshift, After after) {
  Check check;
  const int64_t lanes = lanes_of(check, dx);
  const BatchNormShape s = read(check, lanes, x, weight, active, after);
  BatchNormGrad call{};
  call.from =
      back_of(check, s, {x, dy, winner, weight, mean, variance, scale, shift, epsilon});
  if (check.failed()) return check.refusal();
  call.sums = check.floats(sums, lanes, {s.segments(), s.columns}, kRule);
  call.products = check.floats(products, lanes, {s.segments(), s.columns}, kRule);
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
    return std::move(binding).template Ret<ffi::AnyBuffer>().template Attr<After>("after");
  }
}

auto binding() { return ffi::Ffi::Bind().Ctx<ffi::ThreadPool>(); }

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_batch_norm_moments, moments, (with_buffers<3, 2>(binding())));
XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_batch_norm_apply, apply, (with_buffers<8, 4>(binding())));
XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_batch_norm_sums, sums, (with_buffers<10, 2>(binding())));
XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_batch_norm_grad, grad, (with_buffers<12, 3>(binding())));

}  // namespace shoal
