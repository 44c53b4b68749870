#include "bind.h"
#include "cross_entropy.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "cross_entropy takes scores float32 [lanes, rows, classes], labels int32 [lanes, rows], "
    "smoothing [lanes or 0] and weights [lanes or 0, classes], where lanes may be 1 and there is "
    "at least one class, and gives costs [lanes, rows]";
constexpr char kGradRule[] =
    "cross_entropy_grad takes what cross_entropy takes and the gradient of its costs [lanes, "
    "rows], and gives that of the scores [lanes, rows, classes]";

CrossEntropy read(Check& check, const char* rule, int64_t lanes, const ffi::AnyBuffer& scores,
                  const ffi::AnyBuffer& labels, const ffi::AnyBuffer& smoothing,
                  const ffi::AnyBuffer& weights) {
  CrossEntropy call{};
  const auto dims = scores.dimensions();
  check.that(dims.size() == 3 && dims[2] > 0, rule);
  if (check.failed()) return call;
  call.lanes = lanes;
  call.rows = dims[1];
  call.classes = dims[2];
  call.scores = check.floats(scores, lanes, {call.rows, call.classes}, rule);
  call.labels = check.words<int32_t>(labels, ffi::S32, lanes, call.rows, rule);
  call.smoothing = check.floats(smoothing, lanes, {}, rule, true);
  call.weights = check.floats(weights, lanes, {call.classes}, rule, true);
  return call;
}

Completion forward(ffi::ThreadPool pool, ffi::AnyBuffer scores, ffi::AnyBuffer labels,
                   ffi::AnyBuffer smoothing, ffi::AnyBuffer weights,
                   ffi::Result<ffi::AnyBuffer> costs) {
  const auto dims = costs->dimensions();
  Check check;
  check.that(dims.size() == 2, kRule);
  if (check.failed()) return check.refusal();
  const CrossEntropy call = read(check, kRule, dims[0], scores, labels, smoothing, weights);
  float* to = check.result(costs, {call.rows}, kRule);
  if (check.failed()) return check.refusal();
  return run(cross_entropy(call, to, pool.num_threads()), pool);
}

Completion gradient(ffi::ThreadPool pool, ffi::AnyBuffer scores, ffi::AnyBuffer labels,
                    ffi::AnyBuffer smoothing, ffi::AnyBuffer weights, ffi::AnyBuffer grad,
                    ffi::Result<ffi::AnyBuffer> result) {
  const auto dims = result->dimensions();
  Check check;
  check.that(dims.size() == 3, kGradRule);
  if (check.failed()) return check.refusal();
  const CrossEntropy call = read(check, kGradRule, dims[0], scores, labels, smoothing, weights);
  const auto above = check.floats(grad, call.lanes, {call.rows}, kGradRule);
  float* to = check.result(result, {call.rows, call.classes}, kGradRule);
  if (check.failed()) return check.refusal();
  return run(cross_entropy_grad(call, above, to, pool.num_threads()), pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_cross_entropy, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_cross_entropy_grad, gradient,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

}  // namespace shoal
