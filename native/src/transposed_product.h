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

// Floats of the panel that a transposed product needs.
constexpr int64_t transposed_panel(int64_t terms) { return kPanel * (terms + kPanel); }

// These columns of c = a wᵀ with `terms` terms, w [columns, w_row]. Of `product` are
// given a with its rows, c from its first column on, and what to bring nearer. The
// panel has `transposed_panel(terms)` floats.
//
// Where w has many more rows than a, it takes less to compute them as rows of cᵀ = w aᵀ:
// to transpose a and the result instead of w. The sums are the same, term by term.
inline void transposed_product(Product product, const float* w, int64_t w_row, int64_t terms,
                               Range columns, float* panel) {
  const Segment all{0, 0, terms};
  float *result = panel + terms * kPanel, *c = product.c;
  const int64_t rows = product.rows, c_row = product.c_row, across = columns.end - columns.begin;
  const bool of_transposed = rows <= kPanel && rows * (terms + across) < across * terms;
  product.a_term = 1;
  product.b = panel;
  product.b_term = kPanel;
  product.segments = &all;
  product.segment_count = 1;
  if (of_transposed) {
    kernels().transpose(product.a, product.a_row, rows, terms, panel, kPanel);
    product.a_row = w_row;
    product.c = result;
    product.c_row = kPanel;
    product.columns = rows;
  }
  for (int64_t k = columns.begin; k < columns.end; k += kPanel) {
    const int64_t count = std::min(kPanel, columns.end - k);
    if (of_transposed) {
      product.rows = count;
      product.a = w + k * w_row;
      kernels().product(product);
      kernels().transpose(result, kPanel, count, rows, c + k, c_row);
    } else {
      product.columns = count;
      product.c = c + k;
      kernels().transpose(w + k * w_row, w_row, count, terms, panel, kPanel);
      kernels().product(product);
    }
  }
}

}  // namespace shoal

#endif  // SHOAL_TRANSPOSED_PRODUCT_H_
