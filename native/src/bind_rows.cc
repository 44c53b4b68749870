#include "bind.h"
#include "pool.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "take_rows takes data [n, width], index int32 [rows] and gives [rows, width] of data's type";

Completion take(ffi::ThreadPool pool, ffi::AnyBuffer data, ffi::AnyBuffer index,
                ffi::Result<ffi::AnyBuffer> result) {
  const auto in = data.dimensions(), rows = index.dimensions(), out = result->dimensions();
  Check check;
  check.that(index.element_type() == ffi::S32 && in.size() == 2 && rows.size() == 1 &&
                 out.size() == 2 && data.element_type() == result->element_type(),
             kRule);
  if (check.failed()) return check.refusal();
  check.that(out[0] == rows[0] && out[1] == in[1], kRule);
  if (check.failed()) return check.refusal();
  const int64_t width = static_cast<int64_t>(ffi::ByteWidth(data.element_type())) * in[1];
  return run(take_rows(static_cast<const char*>(data.untyped_data()), in[0], width,
                       static_cast<const int32_t*>(index.untyped_data()), rows[0],
                       static_cast<char*>(result->untyped_data()), pool.num_threads()),
             pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_take_rows, take,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

}  // namespace shoal
