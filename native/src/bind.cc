#include "bind.h"

#include <algorithm>

namespace shoal {

namespace {

bool has_shape(ffi::AnyBuffer::Dimensions actual, std::initializer_list<int64_t> dims) {
  return actual.size() == dims.size() + 1 &&
         std::equal(dims.begin(), dims.end(), actual.begin() + 1);
}

}  // namespace

PerLane<const float> Check::floats(const ffi::AnyBuffer& buffer, int64_t lanes,
                                   std::initializer_list<int64_t> dims, const char* rule,
                                   bool optional) {
  that(buffer.element_type() == ffi::F32 && has_shape(buffer.dimensions(), dims), rule);
  if (failed()) return {};
  const int64_t count = buffer.dimensions()[0];
  that(count == lanes || count == 1 || (optional && count == 0), rule);
  int64_t stride = 1;
  for (int64_t dim : dims) stride *= dim;
  return {static_cast<const float*>(buffer.untyped_data()), count, stride};
}

float* Check::result(ffi::Result<ffi::AnyBuffer>& buffer, std::initializer_list<int64_t> dims,
                     const char* rule) {
  that(buffer->element_type() == ffi::F32 && has_shape(buffer->dimensions(), dims), rule);
  return static_cast<float*>(buffer->untyped_data());
}

PerLane<const int32_t> Check::bounds(const ffi::AnyBuffer& buffer, int64_t lanes,
                                     const char* rule) {
  const auto dims = buffer.dimensions();
  that(buffer.element_type() == ffi::S32 && dims.size() == 1 &&
           (dims[0] == 0 || dims[0] == 1 || dims[0] == lanes),
       rule);
  if (failed()) return {};
  return {static_cast<const int32_t*>(buffer.untyped_data()), dims[0], 1};
}

}  // namespace shoal
