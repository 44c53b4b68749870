// Products with a matrix that has to be transposed first.
#ifndef SHOAL_TRANSPOSED_PRODUCT_H_
#define SHOAL_TRANSPOSED_PRODUCT_H_

#include <algorithm>
#include <cstdint>

#include "column_blocks.h"
#include "kernels.h"
#include "lanes.h"

namespace shoal {

// Columns of the result whose part of w is transposed at a time; they stay in L2.
constexpr int64_t kPanel = 2 * kColumnBlock;

// These columns of c = a wᵀ with `terms` terms, w [columns, w_row]. Of `product` are
// given a with its rows, c from its first column on, and what to bring nearer. The
// panel has kPanel floats a term.
inline void transposed_product(Product product, const float* w, int64_t w_row, int64_t terms,
                               Range columns, float* panel) {
  const Segment all{0, 0, terms};
  float* c = product.c;
  product.a_term = 1;
  product.b = panel;
  product.b_term = kPanel;
  product.segments = &all;
  product.segment_count = 1;
  for (int64_t k = columns.begin; k < columns.end; k += kPanel) {
    product.columns = std::min(kPanel, columns.end - k);
    kernels().transpose(w + k * w_row, w_row, product.columns, terms, panel, kPanel);
    product.c = c + k;
    kernels().product(product);
  }
}

}  // namespace shoal

#endif  // SHOAL_TRANSPOSED_PRODUCT_H_
