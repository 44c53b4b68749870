#include "bind.h"
#include "conv.h"

namespace shoal {

namespace {

using Buffer = ffi::AnyBuffer;
using Result = ffi::Result<ffi::AnyBuffer>;
using Pair = ffi::Span<const int64_t>;

constexpr char kRanks[] = "conv takes float32 [lanes, batch, height, width, channels]";
constexpr char kX[] = "x must be float32 [lanes or 1, batch, height, width, channels]";
constexpr char kWeight[] =
    "weight must be float32 [lanes or 1, window_h, window_w, channels / groups, filters]";
constexpr char kBias[] = "bias must be float32 [lanes, 1 or 0, filters]";
constexpr char kDy[] = "dy must be float32 [lanes or 1, batch, out_h, out_w, filters]";
constexpr char kBounds[] = "active_in and active_out must be int32 [lanes, 1 or 0]";
constexpr char kPair[] = "stride, padding and dilation must be two numbers each";
constexpr char kRange[] = "stride and dilation must be positive, padding at least 0, below 2^30";
constexpr char kGroups[] = "groups must divide channels and filters";
constexpr int64_t kLimit = int64_t{1} << 30;

struct Geometry {
  Pair stride, pad, dilation;
  int64_t groups;
};

void check_pair(Check& check, Pair pair, int64_t least) {
  check.that(pair.size() == 2, kPair);
  if (check.failed()) return;
  for (int64_t value : pair) check.that(value >= least && value < kLimit, kRange);
}

// The shape that x-like, weight-like and y-like buffers [lanes, ...] tell.
ConvShape shape_of(Check& check, int64_t lanes, const Buffer& x, const Buffer& weight,
                   const Buffer& y, const Geometry& g) {
  check_pair(check, g.stride, 1);
  check_pair(check, g.pad, 0);
  check_pair(check, g.dilation, 1);
  for (const Buffer& buffer : {x, weight, y}) {
    check.that(buffer.element_type() == ffi::F32 && buffer.dimensions().size() == 5, kRanks);
  }
  if (check.failed()) return {};
  const auto in = x.dimensions(), w = weight.dimensions(), out = y.dimensions();
  check.that(g.groups >= 1 && in[4] % g.groups == 0 && w[4] % g.groups == 0, kGroups);
  for (int64_t dim : {in[2], in[3], w[1], w[2], out[2], out[3]}) check.that(dim < kLimit, kRanks);
  if (check.failed()) return {};
  ConvShape shape{};
  shape.lanes = lanes;
  shape.batch = in[1];
  shape.h = {in[2], w[1], g.stride[0], g.pad[0], g.dilation[0], out[2]};
  shape.w = {in[3], w[2], g.stride[1], g.pad[1], g.dilation[1], out[3]};
  shape.channels = in[4];
  shape.filters = w[4];
  shape.groups = g.groups;
  return shape;
}

void check_bounds(Check& check, ConvShape& shape, const Buffer& in, const Buffer& out) {
  shape.active_in = check.bounds(in, shape.lanes, kBounds);
  shape.active_out = check.bounds(out, shape.lanes, kBounds);
}

PerLane<const float> x_of(Check& check, const ConvShape& s, const Buffer& x) {
  return check.floats(x, s.lanes, {s.batch, s.h.size, s.w.size, s.channels}, kX);
}
PerLane<const float> dy_of(Check& check, const ConvShape& s, const Buffer& dy) {
  return check.floats(dy, s.lanes, {s.batch, s.h.out, s.w.out, s.filters}, kDy);
}
PerLane<const float> weight_of(Check& check, const ConvShape& s, const Buffer& weight) {
  return check.floats(weight, s.lanes,
                      {s.h.window, s.w.window, s.group_channels(), s.filters}, kWeight);
}

int64_t lanes_of(const Buffer& buffer) {
  return buffer.dimensions().size() == 0 ? 0 : buffer.dimensions()[0];
}

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
  return run(conv_input_grad(shape, from, w, to, pool.num_threads()), pool);
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
  return run(conv_weight_grad(shape, left, right, to, sums, pool.num_threads()), pool);
}

}  // namespace

#define SHOAL_CONV_ATTRIBUTES                                                              \
  .Attr<Pair>("stride").Attr<Pair>("padding").Attr<Pair>("dilation").Attr<int64_t>("groups")

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
