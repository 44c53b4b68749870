// Parameters that a step of training changes, as operands and results of one call.
#ifndef SHOAL_BIND_TRAINED_H_
#define SHOAL_BIND_TRAINED_H_

#include <cstring>

#include "bind.h"
#include "update.h"

namespace shoal {

// The arrays of one parameter that a step changes.
inline int64_t arrays_of(UpdateKind kind) {
  if (kind == UpdateKind::kAdamW) return 3;
  return kind == UpdateKind::kDescend ? 1 : 2;
}

// A result that shares its memory with the operand it updates; if XLA gave it
// other memory, the old values are copied there first.
inline float* in_place(const ffi::AnyBuffer& old, ffi::Result<ffi::AnyBuffer>& result, int64_t stride) {
  float* to = static_cast<float*>(result->untyped_data());
  const float* from = static_cast<const float*>(old.untyped_data());
  if (to == from || stride == 0) return to;
  const int64_t lanes = result->dimensions()[0], own = old.dimensions()[0];
  for (int64_t lane = 0; lane < lanes; ++lane) {
    std::memcpy(to + lane * stride, from + (own == 1 ? 0 : lane * stride),
                static_cast<size_t>(stride) * sizeof(float));
  }
  return to;
}

}  // namespace shoal

#endif  // SHOAL_BIND_TRAINED_H_
