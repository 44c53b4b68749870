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

// Of c = a wᵀ the columns as rows of cᵀ = w aᵀ: where w has many more rows than a, it
// takes less to transpose a and the result. The sums are the same, term by term.
inline void product_of_transposed(Product product, const float* w, int64_t w_row, int64_t terms,
                                  Range columns, float* panel) {
  const Segment all{0, 0, terms};
  float *turned = panel, *result = panel + terms * kPanel, *c = product.c;
  const int64_t rows = product.rows, c_row = product.c_row;
  kernels().transpose(product.a, product.a_row, rows, terms, turned, kPanel);
  product.a_row = w_row;
  product.a_term = 1;
  product.b = turned;
  product.b_term = kPanel;
  product.c = result;
  product.c_row = kPanel;
  product.columns = rows;
  product.segments = &all;
  product.segment_count = 1;
  for (int64_t k = columns.begin; k < columns.end; k += kPanel) {
    product.rows = std::min(kPanel, columns.end - k);
    product.a = w + k * w_row;
    kernels().product(product);
    kernels().transpose(result, kPanel, product.rows, rows, c + k, c_row);
  }
}

// These columns of c = a wᵀ with `terms` terms, w [columns, w_row]. Of `product` are
// given a with its rows, c from its first column on, and what to bring nearer. The
// panel has `transposed_panel(terms)` floats.
inline void transposed_product(Product product, const float* w, int64_t w_row, int64_t terms,
                               Range columns, float* panel) {
  if (product.rows <= kPanel && columns.end - columns.begin >= 2 * kPanel) {
    return product_of_transposed(product, w, w_row, terms, columns, panel);
  }
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
