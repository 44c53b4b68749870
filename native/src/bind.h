// Between XLA's foreign functions and the jobs: checks, threads, completion.
#ifndef SHOAL_BIND_H_
#define SHOAL_BIND_H_

#include <memory>
#include <string>
#include <variant>

#include "lanes.h"
#include "xla/ffi/api/ffi.h"

namespace shoal {

namespace ffi = ::xla::ffi;

// What a handler returns: an error, success now, or success later.
struct Completion {
  std::variant<ffi::Error, ffi::Future> outcome;
};

// Runs the chunks on this thread and on those of the pool that are free. Never
// waits: when the last chunk is with another thread, that thread completes.
Completion run(std::unique_ptr<Job> job, ffi::ThreadPool& pool);

inline Completion refuse(const std::string& message) {
  return {ffi::Error::InvalidArgument("shoal kernel: " + message)};
}

using Floats = ffi::AnyBuffer;

// Collects the first broken rule of a call.
class Check {
 public:
  void that(bool holds, const char* rule) {
    if (!holds && rule_ == nullptr) rule_ = rule;
  }
  bool failed() const { return rule_ != nullptr; }
  Completion refusal() const { return refuse(rule_); }

  // A float operand of shape [count, dims...] with count 1 or lanes, or, if
  // optional, [0, ...].
  PerLane<const float> floats(const ffi::AnyBuffer& buffer, int64_t lanes,
                              std::initializer_list<int64_t> dims, const char* rule,
                              bool optional = false);
  // A result of shape [lanes, dims...].
  float* result(ffi::Result<ffi::AnyBuffer>& buffer, std::initializer_list<int64_t> dims,
                const char* rule);
  // Words of shape [count, width] with count 1 or lanes, or, if optional, [0, width].
  template <typename T>
  PerLane<const T> words(const ffi::AnyBuffer& buffer, ffi::DataType type, int64_t lanes,
                         int64_t width, const char* rule, bool optional = false) {
    const auto dims = buffer.dimensions();
    that(buffer.element_type() == type && dims.size() == 2 && dims[1] == width &&
             (dims[0] == 1 || dims[0] == lanes || (optional && dims[0] == 0)),
         rule);
    if (failed()) return {};
    return {static_cast<const T*>(buffer.untyped_data()), dims[0], width};
  }
  // Bounds of shape [count] with count 0, 1 or lanes.
  PerLane<const int32_t> bounds(const ffi::AnyBuffer& buffer, int64_t lanes, const char* rule);

 private:
  const char* rule_ = nullptr;
};

}  // namespace shoal

namespace xla::ffi {

template <>
struct ResultEncoding<ExecutionStage::kExecute, shoal::Completion> {
  static std::variant<XLA_FFI_Error*, XLA_FFI_Future*> Encode(const XLA_FFI_Api* api,
                                                              XLA_FFI_ExecutionContext* ctx,
                                                              shoal::Completion completion) {
    if (auto* error = std::get_if<Error>(&completion.outcome)) {
      return ResultEncoding<ExecutionStage::kExecute, Error>::Encode(api, ctx, std::move(*error));
    }
    return ResultEncoding<ExecutionStage::kExecute, Future>::Encode(
        api, ctx, std::get<Future>(std::move(completion.outcome)));
  }
};

}  // namespace xla::ffi

#endif  // SHOAL_BIND_H_
