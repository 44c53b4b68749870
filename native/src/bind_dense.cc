#include "bind.h"
#include "dense.h"

namespace shoal {

namespace {

constexpr char kRank[] = "the result must have rank 3";
constexpr char kX[] = "x must be float32 [lanes or 1, batch, inputs]";
constexpr char kWeight[] = "weight must be float32 [lanes or 1, inputs, outputs]";
constexpr char kBias[] = "bias must be float32 [lanes, 1 or 0, outputs]";
constexpr char kDy[] = "dy must be float32 [lanes or 1, batch, outputs]";
constexpr char kBounds[] = "active_in and active_out must be int32 [lanes, 1 or 0]";

using Buffer = ffi::AnyBuffer;
using Result = ffi::Result<ffi::AnyBuffer>;

Completion forward(ffi::ThreadPool pool, Buffer x, Buffer weight, Buffer bias, Buffer active_in,
                   Buffer active_out, Result y) {
  if (y->dimensions().size() != 3 || x.dimensions().size() != 3) return refuse(kRank);
  DenseShape shape{};
  shape.lanes = y->dimensions()[0];
  shape.batch = y->dimensions()[1];
  shape.inputs = x.dimensions()[2];
  shape.outputs = y->dimensions()[2];
  Check check;
  shape.active_in = check.bounds(active_in, shape.lanes, kBounds);
  shape.active_out = check.bounds(active_out, shape.lanes, kBounds);
  const auto from = check.floats(x, shape.lanes, {shape.batch, shape.inputs}, kX);
  const auto w = check.floats(weight, shape.lanes, {shape.inputs, shape.outputs}, kWeight);
  const auto b = check.floats(bias, shape.lanes, {shape.outputs}, kBias, true);
  float* to = check.result(y, {shape.batch, shape.outputs}, kRank);
  if (check.failed()) return check.refusal();
  return run(dense_forward(shape, from, w, b, to, pool.num_threads()), pool);
}

Completion input_grad(ffi::ThreadPool pool, Buffer dy, Buffer weight, Buffer active_in,
                      Buffer active_out, Result dx) {
  if (dx->dimensions().size() != 3 || dy.dimensions().size() != 3) return refuse(kRank);
  DenseShape shape{};
  shape.lanes = dx->dimensions()[0];
  shape.batch = dx->dimensions()[1];
  shape.inputs = dx->dimensions()[2];
  shape.outputs = dy.dimensions()[2];
  Check check;
  shape.active_in = check.bounds(active_in, shape.lanes, kBounds);
  shape.active_out = check.bounds(active_out, shape.lanes, kBounds);
  const auto from = check.floats(dy, shape.lanes, {shape.batch, shape.outputs}, kDy);
  const auto w = check.floats(weight, shape.lanes, {shape.inputs, shape.outputs}, kWeight);
  float* to = check.result(dx, {shape.batch, shape.inputs}, kRank);
  if (check.failed()) return check.refusal();
  return run(dense_input_grad(shape, from, w, to, pool.num_threads()), pool);
}

Completion weight_grad(ffi::ThreadPool pool, Buffer x, Buffer dy, Buffer active_in,
                       Buffer active_out, Result dw, Result db) {
  if (dw->dimensions().size() != 3 || x.dimensions().size() != 3) return refuse(kRank);
  DenseShape shape{};
  shape.lanes = dw->dimensions()[0];
  shape.batch = x.dimensions()[1];
  shape.inputs = dw->dimensions()[1];
  shape.outputs = dw->dimensions()[2];
  Check check;
  shape.active_in = check.bounds(active_in, shape.lanes, kBounds);
  shape.active_out = check.bounds(active_out, shape.lanes, kBounds);
  const auto left = check.floats(x, shape.lanes, {shape.batch, shape.inputs}, kX);
  const auto right = check.floats(dy, shape.lanes, {shape.batch, shape.outputs}, kDy);
  float* to = check.result(dw, {shape.inputs, shape.outputs}, kWeight);
  float* sums = check.result(db, {shape.outputs}, kBias);
  check.that(db->dimensions()[0] == shape.lanes, kBias);
  if (check.failed()) return check.refusal();
  return run(dense_weight_grad(shape, left, right, to, sums, pool.num_threads()), pool);
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_dense_forward, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_dense_input_grad, input_grad,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(shoal_dense_weight_grad, weight_grad,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Arg<Buffer>()
                                  .Ret<Buffer>()
                                  .Ret<Buffer>());

}  // namespace shoal
