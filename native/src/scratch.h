// Memory that a thread keeps between calls for its packed panels.
#ifndef SHOAL_SCRATCH_H_
#define SHOAL_SCRATCH_H_

#include <cstddef>
#include <cstdint>

namespace shoal {

// At least `floats` floats, aligned to 64 bytes, valid until this thread asks
// for the same slot again; null when memory ran out.
float* scratch(int slot, int64_t floats);

constexpr int kScratchSlots = 9;

}  // namespace shoal

#endif  // SHOAL_SCRATCH_H_
