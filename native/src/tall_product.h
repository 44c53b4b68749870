// Products with so many rows that their left factor does not stay in the caches.
#ifndef SHOAL_TALL_PRODUCT_H_
#define SHOAL_TALL_PRODUCT_H_

#include <algorithm>
#include <cstdint>

#include "kernels.h"

namespace shoal {

// Rows at a time: a multiple of the heights of all tiles of two vectors a row.
constexpr int64_t kRowBlock = 252;

// As `kernels().product`, some rows after others: these stay in the caches while all
// columns go over them.
inline void tall_product(Product product) {
  const int64_t rows = product.rows;
  for (int64_t row = 0; row < rows; row += kRowBlock) {
    product.rows = std::min(kRowBlock, rows - row);
    kernels().product(product);
    product.a += kRowBlock * product.a_row;
    product.c += kRowBlock * product.c_row;
  }
}

}  // namespace shoal

#endif  // SHOAL_TALL_PRODUCT_H_
