#include "scratch.h"

#include <new>

namespace shoal {

namespace {

constexpr std::align_val_t kAlignment{64};
constexpr int64_t kLargest = int64_t{1} << 40;

class Buffer {
 public:
  ~Buffer() { release(); }
  float* reserve(int64_t floats) {
    if (floats <= size_ && data_ != nullptr) return data_;
    release();
    if (floats < 0 || floats > kLargest) return nullptr;
    const int64_t size = floats < 1024 ? 1024 : floats;
    data_ = static_cast<float*>(
        ::operator new(static_cast<size_t>(size) * sizeof(float), kAlignment, std::nothrow));
    size_ = data_ == nullptr ? 0 : size;
    return data_;
  }

 private:
  void release() {
    ::operator delete(data_, kAlignment);
    data_ = nullptr;
    size_ = 0;
  }
  float* data_ = nullptr;
  int64_t size_ = 0;
};

}  // namespace

float* scratch(int slot, int64_t floats) {
  thread_local Buffer buffers[kScratchSlots];
  return buffers[slot].reserve(floats);
}

}  // namespace shoal
