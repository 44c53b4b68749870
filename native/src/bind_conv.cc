#include "bind_conv.h"

namespace shoal {

namespace {

using namespace conv_checks;

Completion forward(ffi::ThreadPool pool, Buffer x, Buffer weight, Buffer bias, Buffer active_in,
                   Buffer active_out, Result y, Pair stride, Pair pad, Pair dilation,
                   int64_t groups) {
  Check check;
  ConvShape shape = shape_of(check, lanes_of(*y), x, weight, *y, {stride, pad, dilation, groups});
  if (check.failed()) return check.refusal();
  check_bounds(check, shape, active_in, active_out);
  const auto from = x_of(check, shape, x);
  const auto w = weight_of(check, shape, weight);
  const auto b = check.floats(bias, shape.lanes, {shape.filters}, kBias, true);
  float* to = check.result(y, {shape.batch, shape.h.out, shape.w.out, shape.filters}, kDy);
  if (check.failed()) return check.refusal();
  return run(conv_forward(shape, from, w, b, to, pool.num_threads()), pool);
}

Completion input_grad(ffi::ThreadPool pool, Buffer dy, Buffer weight, Buffer active_in,
                      Buffer active_out, Result dx, Pair stride, Pair pad, Pair dilation,
                      int64_t groups) {
  Check check;
  ConvShape shape =
      shape_of(check, lanes_of(*dx), *dx, weight, dy, {stride, pad, dilation, groups});
  if (check.failed()) return check.refusal();
  check_bounds(check, shape, active_in, active_out);
  const auto from = dy_of(check, shape, dy);
  const auto w = weight_of(check, shape, weight);
  float* to = check.result(dx, {shape.batch, shape.h.size, shape.w.size, shape.channels}, kX);
  if (check.failed()) return check.refusal();
  return run(conv_input_grad(shape, {from, {}, {}}, w, to, pool.num_threads()), pool);
}

Completion weight_grad(ffi::ThreadPool pool, Buffer x, Buffer dy, Buffer active_in,
                       Buffer active_out, Result dw, Result db, Pair stride, Pair pad,
                       Pair dilation, int64_t groups) {
  Check check;
  ConvShape shape = shape_of(check, lanes_of(*dw), x, *dw, dy, {stride, pad, dilation, groups});
  if (check.failed()) return check.refusal();
  check_bounds(check, shape, active_in, active_out);
  const auto left = x_of(check, shape, x);
  const auto right = dy_of(check, shape, dy);
  float* to = check.result(
      dw, {shape.h.window, shape.w.window, shape.group_channels(), shape.filters}, kWeight);
  float* sums = check.result(db, {shape.filters}, kBias);
  check.that(lanes_of(*db) == shape.lanes, kBias);
  if (check.failed()) return check.refusal();
  return run(conv_weight_grad(shape, left, {right, {}, {}}, to, sums, pool.num_threads()), pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_conv_forward, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>() SHOAL_CONV_ATTRIBUTES);

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_conv_input_grad, input_grad,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>() SHOAL_CONV_ATTRIBUTES);

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_conv_weight_grad, weight_grad,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>()
                                  .Ret<Buffer>() SHOAL_CONV_ATTRIBUTES);

}  // namespace shoal
