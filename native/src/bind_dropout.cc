#include "bind.h"
#include "dropout.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "dropout takes x [lanes, rows, columns], keep [lanes], key uint32 [lanes, 2], ranks int32 "
    "[lanes, columns] and active int32 [lanes], each with one copy a lane or one for all";

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
  job.key = check.words<uint32_t>(key, ffi::U32, job.lanes, 2, kRule);
  job.ranks = check.words<int32_t>(ranks, ffi::S32, job.lanes, job.columns, kRule);
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
