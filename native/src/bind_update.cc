#include <cstring>

#include "bind.h"
#include "update.h"

namespace shoal {

namespace {

constexpr char kRule[] =
    "an update takes its arrays as [lanes, blocks, rows, columns], numbers [lanes, 7] and bounds "
    "int32 [lanes], and gives arrays of the same shape";

constexpr int64_t kNumbers = sizeof(UpdateNumbers) / sizeof(float);

// A result that may share its memory with the operand it updates; if XLA gave
// it other memory, the old values are copied there first.
float* in_place(Check& check, const ffi::AnyBuffer& old, ffi::Result<ffi::AnyBuffer>& result,
                const Update& job) {
  const auto from = check.floats(old, job.lanes, {job.blocks, job.rows, job.columns}, kRule);
  float* to = check.result(result, {job.blocks, job.rows, job.columns}, kRule);
  check.that(result->dimensions()[0] == job.lanes, kRule);
  if (check.failed() || from.data == to) return to;
  const size_t bytes = static_cast<size_t>(from.stride) * sizeof(float);
  for (int64_t lane = 0; lane < job.lanes && bytes > 0; ++lane) {
    std::memcpy(to + lane * from.stride, from.of(lane), bytes);
  }
  return to;
}

struct Parts {
  ffi::AnyBuffer grad, numbers, low, high;
};

// Shapes, gradients, numbers and bounds; the arrays to update follow.
Update prepare(Check& check, UpdateKind kind, const Parts& parts,
               ffi::Result<ffi::AnyBuffer>& param) {
  Update job{};
  const auto dims = param->dimensions();
  check.that(dims.size() == 4, kRule);
  if (check.failed()) return job;
  job.kind = kind;
  job.lanes = dims[0];
  job.blocks = dims[1];
  job.rows = dims[2];
  job.columns = dims[3];
  job.grad = check.floats(parts.grad, job.lanes, {job.blocks, job.rows, job.columns}, kRule);
  job.numbers = check.floats(parts.numbers, job.lanes, {kNumbers}, kRule);
  job.low = check.bounds(parts.low, job.lanes, kRule);
  job.high = check.bounds(parts.high, job.lanes, kRule);
  return job;
}

Completion adamw(ffi::ThreadPool pool, ffi::AnyBuffer param, ffi::AnyBuffer mean,
                 ffi::AnyBuffer square, ffi::AnyBuffer grad, ffi::AnyBuffer numbers,
                 ffi::AnyBuffer low, ffi::AnyBuffer high, ffi::Result<ffi::AnyBuffer> param_out,
                 ffi::Result<ffi::AnyBuffer> mean_out, ffi::Result<ffi::AnyBuffer> square_out) {
  Check check;
  Update job = prepare(check, UpdateKind::kAdamW, {grad, numbers, low, high}, param_out);
  if (check.failed()) return check.refusal();
  job.param = in_place(check, param, param_out, job);
  job.first = in_place(check, mean, mean_out, job);
  job.second = in_place(check, square, square_out, job);
  if (check.failed()) return check.refusal();
  return run(update(job, pool.num_threads()), pool);
}

Completion momentum(ffi::ThreadPool pool, bool nesterov, ffi::AnyBuffer param,
                    ffi::AnyBuffer velocity, ffi::AnyBuffer grad, ffi::AnyBuffer numbers,
                    ffi::AnyBuffer low, ffi::AnyBuffer high, ffi::Result<ffi::AnyBuffer> param_out,
                    ffi::Result<ffi::AnyBuffer> velocity_out) {
  Check check;
  const UpdateKind kind = nesterov ? UpdateKind::kNesterov : UpdateKind::kMomentum;
  Update job = prepare(check, kind, {grad, numbers, low, high}, param_out);
  if (check.failed()) return check.refusal();
  job.param = in_place(check, param, param_out, job);
  job.first = in_place(check, velocity, velocity_out, job);
  if (check.failed()) return check.refusal();
  return run(update(job, pool.num_threads()), pool);
}

Completion descend(ffi::ThreadPool pool, ffi::AnyBuffer param, ffi::AnyBuffer grad,
                   ffi::AnyBuffer numbers, ffi::AnyBuffer low, ffi::AnyBuffer high,
                   ffi::Result<ffi::AnyBuffer> param_out) {
  Check check;
  Update job = prepare(check, UpdateKind::kDescend, {grad, numbers, low, high}, param_out);
  if (check.failed()) return check.refusal();
  job.param = in_place(check, param, param_out, job);
  if (check.failed()) return check.refusal();
  return run(update(job, pool.num_threads()), pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_adamw_update, adamw,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_momentum_update, momentum,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<bool>("nesterov")
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_descend_update, descend,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Arg<ffi::AnyBuffer>()
                                  .Ret<ffi::AnyBuffer>());

}  // namespace shoal
