// Chooses the instruction set once, at the first call.
#include <cstdlib>
#include <cstring>

#include "kernels.h"

namespace shoal {

namespace baseline {
const Kernels& table();
}
#ifdef SHOAL_X86
namespace avx2 {
const Kernels& table();
}
namespace avx512 {
const Kernels& table();
}
#endif

namespace {

const Kernels& choose() {
  const char* wanted = std::getenv("SHOAL_KERNELS_ISA");
  const auto allows = [&](const char* name) {
    return wanted == nullptr || *wanted == '\0' || std::strcmp(wanted, name) == 0;
  };
#ifdef SHOAL_X86
  __builtin_cpu_init();
  if (allows("avx512") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")) {
    return avx512::table();
  }
  if ((allows("avx2") || allows("avx512")) && __builtin_cpu_supports("avx2") &&
      __builtin_cpu_supports("fma")) {
    return avx2::table();
  }
#endif
  return baseline::table();
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace shoal
