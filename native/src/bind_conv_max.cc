#include "bind_conv.h"

namespace shoal {

namespace {

using namespace conv_checks;

constexpr char kWinner[] = "winner must be uint8 of the maxima's shape";
constexpr char kWindow[] = "windows must be two positive numbers with a product below 255";

// The shape of the map under the windows: what no window covers is left out.
ConvShape map_shape(Check& check, int64_t lanes, const Buffer& x, const Buffer& weight,
                    const Buffer& maxima, const Geometry& geometry, Pair window) {
  ConvShape shape = shape_of(check, lanes, x, weight, maxima, geometry);
  check.that(window.size() == 2, kWindow);
  if (check.failed()) return {};
  for (int64_t side : window) check.that(side >= 1 && side < 255, kWindow);
  if (check.failed()) return {};
  check.that(window[0] * window[1] < 255, kWindow);
  shape.h.out *= window[0];
  shape.w.out *= window[1];
  check.that(shape.h.out < kLimit && shape.w.out < kLimit, kRanks);
  return shape;
}

Windows windows_of(Pair window, bool rectified) { return {window[0], window[1], rectified}; }

// An operand or result of the shape of the maxima [lanes or 1, batch, ...].
bool like_maxima(const ConvShape& s, Pair window, const Buffer& buffer, bool may_be_shared) {
  const auto dims = buffer.dimensions();
  return dims.size() == 5 && (dims[0] == s.lanes || (may_be_shared && dims[0] == 1)) &&
         dims[1] == s.batch && dims[2] * window[0] == s.h.out && dims[3] * window[1] == s.w.out &&
         dims[4] == s.filters;
}

MapGradient gradient_of(Check& check, const ConvShape& s, Pair window, const Buffer& dy,
                        const Buffer& winner) {
  check.that(dy.element_type() == ffi::F32 && like_maxima(s, window, dy, true), kDy);
  check.that(winner.element_type() == ffi::U8 && like_maxima(s, window, winner, true), kWinner);
  if (check.failed()) return {};
  const int64_t floats = s.batch * (s.h.out / window[0]) * (s.w.out / window[1]) * s.filters;
  return {{static_cast<const float*>(dy.untyped_data()), dy.dimensions()[0], floats},
          {static_cast<const uint8_t*>(winner.untyped_data()), winner.dimensions()[0], floats},
          windows_of(window, false)};
}

Completion forward(ffi::ThreadPool pool, Buffer x, Buffer weight, Buffer bias, Buffer active_in,
                   Buffer active_out, Result y, Result winner, Pair stride, Pair pad,
                   Pair dilation, int64_t groups, Pair window, int64_t rectified) {
  Check check;
  ConvShape shape = map_shape(check, lanes_of(*y), x, weight, *y, {stride, pad, dilation, groups},
                              window);
  if (check.failed()) return check.refusal();
  check_bounds(check, shape, active_in, active_out);
  const auto from = x_of(check, shape, x);
  const auto w = weight_of(check, shape, weight);
  const auto b = check.floats(bias, shape.lanes, {shape.filters}, kBias, true);
  check.that(y->element_type() == ffi::F32 && like_maxima(shape, window, *y, false), kDy);
  check.that(winner->element_type() == ffi::U8 && like_maxima(shape, window, *winner, false),
             kWinner);
  if (check.failed()) return check.refusal();
  return run(conv_max(shape, windows_of(window, rectified != 0), from, w, b,
                      static_cast<float*>(y->untyped_data()),
                      static_cast<uint8_t*>(winner->untyped_data()), pool.num_threads()),
             pool);
}

Completion input_grad(ffi::ThreadPool pool, Buffer dy, Buffer winner, Buffer weight,
                      Buffer active_in, Buffer active_out, Result dx, Pair stride, Pair pad,
                      Pair dilation, int64_t groups, Pair window) {
  Check check;
  ConvShape shape = map_shape(check, lanes_of(*dx), *dx, weight, dy,
                              {stride, pad, dilation, groups}, window);
  if (check.failed()) return check.refusal();
  check_bounds(check, shape, active_in, active_out);
  const MapGradient from = gradient_of(check, shape, window, dy, winner);
  const auto w = weight_of(check, shape, weight);
  float* to = check.result(dx, {shape.batch, shape.h.size, shape.w.size, shape.channels}, kX);
  if (check.failed()) return check.refusal();
  return run(conv_input_grad(shape, from, w, to, pool.num_threads()), pool);
}

Completion weight_grad(ffi::ThreadPool pool, Buffer x, Buffer dy, Buffer winner,
                       Buffer active_in, Buffer active_out, Result dw, Result db, Pair stride,
                       Pair pad, Pair dilation, int64_t groups, Pair window) {
  Check check;
  ConvShape shape = map_shape(check, lanes_of(*dw), x, *dw, dy, {stride, pad, dilation, groups},
                              window);
  if (check.failed()) return check.refusal();
  check_bounds(check, shape, active_in, active_out);
  const auto left = x_of(check, shape, x);
  const MapGradient right = gradient_of(check, shape, window, dy, winner);
  float* to = check.result(
      dw, {shape.h.window, shape.w.window, shape.group_channels(), shape.filters}, kWeight);
  float* sums = check.result(db, {shape.filters}, kBias);
  check.that(lanes_of(*db) == shape.lanes, kBias);
  if (check.failed()) return check.refusal();
  return run(conv_weight_grad(shape, left, right, to, sums, pool.num_threads()), pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_conv_max, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>()
                                  .Ret<Buffer>() SHOAL_CONV_ATTRIBUTES
                                  .Attr<Pair>("window")
                                  .Attr<int64_t>("rectified"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_conv_max_input_grad, input_grad,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>() SHOAL_CONV_ATTRIBUTES.Attr<Pair>("window"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_conv_max_weight_grad, weight_grad,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>()
                                  .Ret<Buffer>() SHOAL_CONV_ATTRIBUTES.Attr<Pair>("window"));

}  // namespace shoal
