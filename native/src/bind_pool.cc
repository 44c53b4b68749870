#include "bind.h"
#include "pool.h"

namespace shoal {

namespace {

using Buffer = ffi::AnyBuffer;
using Result = ffi::Result<ffi::AnyBuffer>;
using Pair = ffi::Span<const int64_t>;

constexpr char kImages[] = "pooling takes float32 [images, height, width, channels]";
constexpr char kPair[] = "window, stride and padding must be two numbers each";
constexpr char kRange[] = "window and stride must be positive, padding at least 0, below 2^30";
constexpr int64_t kLimit = int64_t{1} << 30;

void check_pair(Check& check, Pair pair, int64_t least) {
  check.that(pair.size() == 2, kPair);
  if (check.failed()) return;
  for (int64_t value : pair) check.that(value >= least && value < kLimit, kRange);
}

Completion pool_images(PoolKind kind, ffi::ThreadPool& threads, const Buffer& large,
                       const Buffer& small, const float* x, const float* dy, float* result,
                       Pair window, Pair stride, Pair pad) {
  Check check;
  check_pair(check, window, 1);
  check_pair(check, stride, 1);
  check_pair(check, pad, 0);
  for (const Buffer& buffer : {large, small}) {
    check.that(buffer.element_type() == ffi::F32 && buffer.dimensions().size() == 4, kImages);
  }
  if (check.failed()) return check.refusal();
  const auto in = large.dimensions(), out = small.dimensions();
  check.that(in[0] == out[0] && in[3] == out[3] && out[1] < kLimit && out[2] < kLimit, kImages);
  if (check.failed()) return check.refusal();
  Pooling pooling{in[1],     in[2],     in[3],  window[0], window[1], stride[0],
                  stride[1], pad[0],    pad[1], out[1],    out[2]};
  return run(pool(kind, pooling, in[0], x, dy, result, threads.num_threads()), threads);
}

const float* floats(const Buffer& buffer) {
  return static_cast<const float*>(buffer.untyped_data());
}
float* floats(Result& buffer) { return static_cast<float*>(buffer->untyped_data()); }

Completion max_pool(ffi::ThreadPool threads, Buffer x, Result y, Pair window, Pair stride,
                    Pair pad) {
  return pool_images(PoolKind::kMax, threads, x, *y, floats(x), nullptr, floats(y), window,
                     stride, pad);
}

Completion max_pool_grad(ffi::ThreadPool threads, Buffer x, Buffer dy, Result dx, Pair window,
                         Pair stride, Pair pad) {
  const auto in = x.dimensions();
  const auto out = dx->dimensions();
  if (x.element_type() != ffi::F32 || in.size() != out.size() ||
      !std::equal(in.begin(), in.end(), out.begin())) {
    return refuse(kImages);
  }
  return pool_images(PoolKind::kMaxGrad, threads, *dx, dy, floats(x), floats(dy), floats(dx),
                     window, stride, pad);
}

Completion avg_pool(ffi::ThreadPool threads, Buffer x, Result y, Pair window, Pair stride,
                    Pair pad) {
  return pool_images(PoolKind::kAvg, threads, x, *y, floats(x), nullptr, floats(y), window,
                     stride, pad);
}

Completion avg_pool_grad(ffi::ThreadPool threads, Buffer dy, Result dx, Pair window, Pair stride,
                         Pair pad) {
  return pool_images(PoolKind::kAvgGrad, threads, *dx, dy, nullptr, floats(dy), floats(dx),
                     window, stride, pad);
}

}  // namespace

#define SHOAL_POOL_ATTRIBUTES                                                    \
  .Attr<Pair>("window").Attr<Pair>("stride").Attr<Pair>("padding")

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    shoal_max_pool, max_pool,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Buffer>().Ret<Buffer>() SHOAL_POOL_ATTRIBUTES);

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_max_pool_grad, max_pool_grad,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>() SHOAL_POOL_ATTRIBUTES);

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    shoal_avg_pool, avg_pool,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Buffer>().Ret<Buffer>() SHOAL_POOL_ATTRIBUTES);

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    shoal_avg_pool_grad, avg_pool_grad,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<Buffer>().Ret<Buffer>() SHOAL_POOL_ATTRIBUTES);

}  // namespace shoal
