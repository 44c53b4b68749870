// The checks that every call about a convolution makes. Internal to the bindings.
#ifndef SHOAL_BIND_CONV_H_
#define SHOAL_BIND_CONV_H_

#include "bind.h"
#include "conv.h"

namespace shoal {
namespace conv_checks {

using Buffer = ffi::AnyBuffer;
using Result = ffi::Result<ffi::AnyBuffer>;
using Pair = ffi::Span<const int64_t>;

inline constexpr char kRanks[] = "conv takes float32 [lanes, batch, height, width, channels]";
inline constexpr char kX[] = "x must be float32 [lanes or 1, batch, height, width, channels]";
inline constexpr char kWeight[] =
    "weight must be float32 [lanes or 1, window_h, window_w, channels / groups, filters]";
inline constexpr char kBias[] = "bias must be float32 [lanes, 1 or 0, filters]";
inline constexpr char kDy[] = "dy must be float32 [lanes or 1, batch, out_h, out_w, filters]";
inline constexpr char kBounds[] = "active_in and active_out must be int32 [lanes, 1 or 0]";
inline constexpr char kPair[] = "stride, padding and dilation must be two numbers each";
inline constexpr char kRange[] = "stride and dilation must be positive, padding at least 0, below 2^30";
inline constexpr char kGroups[] = "groups must divide channels and filters";
inline constexpr int64_t kLimit = int64_t{1} << 30;

struct Geometry {
  Pair stride, pad, dilation;
  int64_t groups;
};

inline void check_pair(Check& check, Pair pair, int64_t least) {
  check.that(pair.size() == 2, kPair);
  if (check.failed()) return;
  for (int64_t value : pair) check.that(value >= least && value < kLimit, kRange);
}

// The shape that x-like, weight-like and y-like buffers [lanes, ...] tell.
inline ConvShape shape_of(Check& check, int64_t lanes, const Buffer& x, const Buffer& weight,
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

inline void check_bounds(Check& check, ConvShape& shape, const Buffer& in, const Buffer& out) {
  shape.active_in = check.bounds(in, shape.lanes, kBounds);
  shape.active_out = check.bounds(out, shape.lanes, kBounds);
}

inline PerLane<const float> x_of(Check& check, const ConvShape& s, const Buffer& x) {
  return check.floats(x, s.lanes, {s.batch, s.h.size, s.w.size, s.channels}, kX);
}
inline PerLane<const float> dy_of(Check& check, const ConvShape& s, const Buffer& dy) {
  return check.floats(dy, s.lanes, {s.batch, s.h.out, s.w.out, s.filters}, kDy);
}
inline PerLane<const float> weight_of(Check& check, const ConvShape& s, const Buffer& weight) {
  return check.floats(weight, s.lanes,
                      {s.h.window, s.w.window, s.group_channels(), s.filters}, kWeight);
}

inline int64_t lanes_of(const Buffer& buffer) {
  return buffer.dimensions().size() == 0 ? 0 : buffer.dimensions()[0];
}

}  // namespace conv_checks
}  // namespace shoal

#define SHOAL_CONV_ATTRIBUTES                                                              \
  .Attr<Pair>("stride").Attr<Pair>("padding").Attr<Pair>("dilation").Attr<int64_t>("groups")

#endif  // SHOAL_BIND_CONV_H_
