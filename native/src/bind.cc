#include "bind.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace shoal {

namespace {

struct Run {
  explicit Run(std::unique_ptr<Job> work)
      : job(std::move(work)), unfinished(static_cast<int64_t>(job->chunks.size())) {}

  // Takes chunks until none is left. Whoever finishes the last one completes.
  void take_chunks() {
    const int64_t count = static_cast<int64_t>(job->chunks.size());
    for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
      if (!job->run(job->chunks[static_cast<size_t>(i)])) {
        failed.store(true, std::memory_order_relaxed);
      }
      if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) complete();
    }
  }

  void complete() {
    if (failed.load(std::memory_order_relaxed)) {
      promise.SetError(ffi::Error(ffi::ErrorCode::kResourceExhausted, "shoal kernel: no memory"));
    } else {
      promise.SetAvailable();
    }
  }

  std::unique_ptr<Job> job;
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> unfinished;
  std::atomic<bool> failed{false};
  ffi::Promise promise;
};

bool has_shape(ffi::AnyBuffer::Dimensions actual, std::initializer_list<int64_t> dims) {
  return actual.size() == dims.size() + 1 &&
         std::equal(dims.begin(), dims.end(), actual.begin() + 1);
}

}  // namespace

Completion run(std::unique_ptr<Job> job, ffi::ThreadPool& pool) {
  const int64_t chunks = static_cast<int64_t>(job->chunks.size());
  if (chunks <= 1) {
    for (const Chunk& chunk : job->chunks) {
      if (!job->run(chunk)) {
        return {ffi::Error(ffi::ErrorCode::kResourceExhausted, "shoal kernel: no memory")};
      }
    }
    return {ffi::Error::Success()};
  }
  auto shared = std::make_shared<Run>(std::move(job));
  ffi::Future done(shared->promise);
  const int64_t helpers = std::min(pool.num_threads(), chunks) - 1;
  for (int64_t i = 0; i < helpers; ++i) {
    pool.Schedule([shared] { shared->take_chunks(); });
  }
  shared->take_chunks();
  return {std::move(done)};
}

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
