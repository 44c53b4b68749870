// How several threads share one lane's rows x columns result.
#ifndef SHOAL_MATRIX_SHARE_H_
#define SHOAL_MATRIX_SHARE_H_

#include <algorithm>

#include "column_blocks.h"
#include "lanes.h"

namespace shoal {

// The most shares that make sense of a result.
inline int64_t most_shares(int64_t rows, int64_t columns) {
  return std::max<int64_t>(1, blocks_of(columns)) * std::max<int64_t>(1, rows / 16);
}

// A share of a rows x columns result: by columns, and by rows when there are
// more shares than blocks of columns.
struct MatrixShare {
  Range rows, columns;
  bool top;  // of the shares of its columns, the one with the first rows
};

inline MatrixShare matrix_share(const Chunk& chunk, int64_t rows, int64_t columns) {
  const int64_t across = std::max<int64_t>(1, std::min(chunk.shares, blocks_of(columns)));
  const int64_t down = chunk.shares / across;
  if (chunk.share >= across * down) return {{0, 0}, {0, 0}, false};
  const Range block = share_of(blocks_of(columns), chunk.share % across, across);
  return {share_of(rows, chunk.share / across, down),
          {block.begin * kColumnBlock, std::min(columns, block.end * kColumnBlock)},
          chunk.share < across};
}

}  // namespace shoal

#endif  // SHOAL_MATRIX_SHARE_H_
