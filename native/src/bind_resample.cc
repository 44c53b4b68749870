#include "bind.h"
#include "resample.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "resample takes float32 images [n, height, width, channels] of at least one pixel, places "
    "[n, rows, columns, 2] and gives [n, rows, columns, channels]";

Completion sample(ffi::ThreadPool pool, ffi::AnyBuffer images, ffi::AnyBuffer at,
                  ffi::Result<ffi::AnyBuffer> result) {
  const auto in = images.dimensions(), places = at.dimensions(), out = result->dimensions();
  Check check;
  check.that(in.size() == 4 && places.size() == 4 && out.size() == 4 &&
                 images.element_type() == ffi::F32 && at.element_type() == ffi::F32 &&
                 result->element_type() == ffi::F32,
             kRule);
  if (check.failed()) return check.refusal();
  check.that(in[1] > 0 && in[2] > 0 && in[0] == places[0] && in[0] == out[0] && places[3] == 2 &&
                 places[1] == out[1] && places[2] == out[2] && in[3] == out[3],
             kRule);
  if (check.failed()) return check.refusal();
  const Sampling sampling{in[1], in[2], in[3], places[1] * places[2]};
  return run(resample(sampling, in[0], static_cast<const float*>(images.untyped_data()),
                      static_cast<const float*>(at.untyped_data()),
                      static_cast<float*>(result->untyped_data()), pool.num_threads()),
             pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_resample, sample,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

}  // namespace shoal
