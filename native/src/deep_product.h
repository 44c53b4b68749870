// Products over so many terms that their right factor does not stay in the caches.
#ifndef SHOAL_DEEP_PRODUCT_H_
#define SHOAL_DEEP_PRODUCT_H_

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernels.h"
#include "scratch.h"
#include "soon.h"

namespace shoal {

// Terms from which on a product is deep, and terms of one of its blocks.
constexpr int64_t kDeep = 1024, kTermBlock = 256;

// Of one network alone, whose weights are large where there are many terms, from half as
// many on.
inline int64_t deep_from(int64_t lanes) { return lanes == 1 ? kDeep / 2 : kDeep; }

// Columns that are laid side by side, and how many of these strips at a time: a row of
// b is then read in stretches that the processor sees coming.
constexpr int64_t kStrip = 32, kStrips = 8;

// Floats from one strip to the next: strips of a power of two would lie on each other
// in the first cache.
constexpr int64_t kStripFloats = (kTermBlock + 1) * kStrip;

// Rows of b that are asked for before they are copied.
constexpr int64_t kAhead = 16;

// Floats of the panel that a deep product needs.
constexpr int64_t kDeepPanel = kStripFloats * kStrips;

// `terms` rows of b from which `columns` are taken, strip after strip.
inline void lay_strips(const float* b, ptrdiff_t row, int64_t terms, int64_t columns,
                       float* panel) {
  for (int64_t k = 0; k < terms; ++k, b += row) {
    float* to = panel + k * kStrip;
    int64_t column = 0;
    for (; column + kStrip <= columns; column += kStrip, to += kStripFloats) {
      __builtin_prefetch(b + kAhead * row + column);
      __builtin_prefetch(b + kAhead * row + column + kStrip / 2);
      std::memcpy(to, b + column, kStrip * sizeof(float));
    }
    if (column < columns) {
      std::memcpy(to, b + column, static_cast<size_t>(columns - column) * sizeof(float));
    }
  }
}

// A strip of b, of so many terms from this one on, that the next block of terms will need:
// one column of lines after another.
inline Soon strip_soon(const float* b, ptrdiff_t row, int64_t term, int64_t terms,
                       int64_t columns) {
  constexpr int64_t kFloats = Soon::kLine / sizeof(float);
  Soon soon(row * static_cast<ptrdiff_t>(sizeof(float)));
  if (terms <= 0) return soon;
  for (int64_t column = 0; column < columns; column += kFloats) {
    soon.add(b + term * row + column, (terms - 1) * row + 1);
  }
  return soon;
}

// As `kernels().product` with a single segment, in blocks of terms. A block's columns
// of b are laid side by side first: rows of b that lie far apart share few sets of the
// first cache, and each tile of rows would fetch them again. The sum of an element is
// that of its blocks' sums, or with at most kDeep terms one chain as without blocks: its
// bits depend on the terms alone.
inline void deep_product(Product product, int64_t terms, float* panel) {
  const Product whole = product;
  product.b_term = kStrip;
  product.segment_count = 1;
  for (int64_t left = 0; left < whole.columns; left += kStrip * kStrips) {
    const int64_t right = std::min(left + kStrip * kStrips, whole.columns);
    for (int64_t term = 0; term < terms; term += kTermBlock) {
      const Segment block{0, 0, std::min(kTermBlock, terms - term)};
      lay_strips(whole.b + term * whole.b_term + left, whole.b_term, block.length, right - left,
                 panel);
      product.segments = &block;
      product.a = whole.a + term * whole.a_term;
      product.accumulate = term > 0 && terms > kDeep;
      product.resume = term > 0 && terms <= kDeep;
      product.b = panel;
      const int64_t next = std::min(kTermBlock, terms - term - block.length);
      for (int64_t column = left; column < right; column += kStrip) {
        product.columns = std::min(kStrip, right - column);
        Soon soon = strip_soon(whole.b + column, whole.b_term, term + kTermBlock, next,
                               product.columns);
        product.ahead = soon.ahead();
        product.init = whole.init == nullptr || term > 0 ? nullptr : whole.init + column;
        product.c = whole.c + column;
        kernels().product(product);
        product.b += kStripFloats;
      }
    }
  }
}

}  // namespace shoal

#endif  // SHOAL_DEEP_PRODUCT_H_
