// Compiled once per instruction set, with SHOAL_ISA (its name) and
// SHOAL_VECTOR (floats a vector) defined by the build.
#include <cstddef>
#include <cstdint>
#include <type_traits>  // types only, no code
#include <utility>      // integer sequences, likewise

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernels.h"

namespace shoal {
namespace SHOAL_ISA {
namespace {  // internal linkage: nothing of this may be shared between the sets

#include "vector.h"
#include "pairs.h"
#include "pixels.h"
#include "product.h"
#include "transpose.h"
#include "sums.h"
#include "normalization.h"
#include "winograd_tiles.h"
#include "pooling.h"
#include "pooling_tiles.h"
#include "window_rows.h"
#include "normalized_windows.h"
#include "single_channel.h"
#include "sparse_sum.h"
#include "elementwise.h"
#include "softmax.h"

#define SHOAL_STRING_(x) #x
#define SHOAL_STRING(x) SHOAL_STRING_(x)

const Kernels kTable = {
    SHOAL_STRING(SHOAL_ISA),
    SHOAL_VECTOR,
    kPairs,
    product,
    transpose,
    interleave,
    separate,
    pack_pixels,
    unpack_pixels,
    column_sums,
    column_squares,
    normalize,
    normalized_sums,
    normalized_grad,
    normalized_max,
    normalized_max_sums,
    normalized_max_grad,
    row_sums,
    winograd_input,
    winograd_weights,
    winograd_output,
    max_pool,
    max_pool_grad,
    avg_pool,
    avg_pool_grad,
    max_of_row,
    spread_row,
    single_channel,
    single_channel_grad,
    sparse_sum,
    add_windows,
    locate,
    keep_nonzero,
    dropout,
    rectify,
    rectify_and_drop,
    rectified_grad,
    adamw,
    momentum,
    descend,
    class_costs,
    class_costs_grad,
    class_costs_across,
};

}  // namespace

const Kernels& table() { return kTable; }

}  // namespace SHOAL_ISA
}  // namespace shoal
