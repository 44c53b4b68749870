#include "bind.h"
#include "dropout.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "dropout takes x [lanes, rows, columns], keep [lanes], key uint32 [lanes, 2], ranks int32 "
    "[lanes, columns] and active int32 [lanes], each with one copy a lane or one for all";

template <typename T>
PerLane<const T> words(Check& check, const ffi::AnyBuffer& buffer, ffi::DataType type,
                       int64_t lanes, int64_t width) {
  const auto dims = buffer.dimensions();
  check.that(buffer.element_type() == type && dims.size() == 2 && dims[1] == width &&
                 (dims[0] == 1 || dims[0] == lanes),
             kRule);
  if (check.failed()) return {};
  return {static_cast<const T*>(buffer.untyped_data()), dims[0], width};
}

Completion call(ffi::ThreadPool pool, ffi::AnyBuffer x, ffi::AnyBuffer keep, ffi::AnyBuffer key,
                ffi::AnyBuffer ranks, ffi::AnyBuffer bound, ffi::Result<ffi::AnyBuffer> result) {
  const auto dims = result->dimensions();
  Check check;
  check.that(dims.size() == 3, kRule);
  if (check.failed()) return check.refusal();
  Dropout job{};
  job.lanes = dims[0];
  job.rows = dims[1];
  job.columns = dims[2];
  job.x = check.floats(x, job.lanes, {job.rows, job.columns}, kRule);
  job.keep = check.floats(keep, job.lanes, {}, kRule);
  job.key = words<uint32_t>(check, key, ffi::U32, job.lanes, 2);
  job.ranks = words<int32_t>(check, ranks, ffi::S32, job.lanes, job.columns);
  job.active = check.bounds(bound, job.lanes, kRule);
  job.y = check.result(result, {job.rows, job.columns}, kRule);
  if (check.failed()) return check.refusal();
  return run(dropout(job, pool.num_threads()), pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_dropout, call,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

}  // namespace shoal
