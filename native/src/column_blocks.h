// Columns of a result are shared out among threads in blocks.
#ifndef SHOAL_COLUMN_BLOCKS_H_
#define SHOAL_COLUMN_BLOCKS_H_

#include <cstdint>

namespace shoal {

// Columns of a block: whole vectors everywhere.
constexpr int64_t kColumnBlock = 32;

inline int64_t blocks_of(int64_t columns) { return (columns + kColumnBlock - 1) / kColumnBlock; }

}  // namespace shoal

#endif  // SHOAL_COLUMN_BLOCKS_H_
