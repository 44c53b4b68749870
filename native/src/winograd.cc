#include "winograd.h"

#include <algorithm>

#include "soon.h"

namespace shoal {

namespace {

// Rows of tiles at a time, out of `all`.
int64_t rows_of_tiles(int64_t across, int64_t all) {
  constexpr int64_t kTiles = 64;  // of a product, about: they stay in the second cache
  return std::clamp<int64_t>(kTiles / across, 1, all);
}

bool three_side_by_side(const Taps& taps) {
  return taps.size() == 3 && taps.consecutive() && taps.step == 1 && taps.stride == 1;
}

}  // namespace

bool Winograd::takes(const Taps& rows, const Taps& columns, int64_t channels, int64_t filters) {
  if (!three_side_by_side(rows) || !three_side_by_side(columns)) return false;
  if (rows.count <= 0 || columns.count <= 0) return false;
  // In multiply-adds, as measured: the transforms of a tile take as long as 200 a channel and
  // a filter, to bring the weights near as long as 8 each. A tenth is left for what the
  // measurement did not see.
  constexpr int64_t kTransforms = 200, kNearer = 8;
  const int64_t down = (rows.count + 1) / 2, across = (columns.count + 1) / 2;
  const int64_t at_once = rows_of_tiles(across, down), passes = (down + at_once - 1) / at_once;
  const int64_t weights = kPlanes * channels * filters;
  const int64_t tile = weights + kTransforms * (channels + filters);
  const int64_t direct = 9 * rows.count * columns.count * channels * filters;
  return 10 * (down * across * tile + passes * kNearer * weights) < 9 * direct;
}

int64_t Winograd::down() const {
  return rows_of_tiles(across(), (of_.panel.rows_at_once() + 1) / 2);
}

// A tile at the border reads a row and a pixel behind the panel, for outputs that do not exist.
int64_t Winograd::panel_floats() const {
  return of_.panel.floats() + of_.panel.row_floats() + of_.channels;
}

void Winograd::run(Range images, float* memory, float* weights, float* tiles) const {
  kernels().winograd_weights(of_.weights, of_.channels * of_.weight_row, weights);
  fill_zero(memory, panel_floats());
  const int64_t at_once = of_.panel.rows_at_once(), step = 2 * down();
  for (int64_t b = images.begin; b < images.end; ++b) {
    Soon soon;
    if (b + 1 < images.end) {
      soon.add(of_.result + (b + 1) * of_.result_stride, of_.result_stride);
      soon.add(of_.image + (b + 1) * of_.image_stride, of_.image_stride);
    }
    for (int64_t first = 0; first < of_.rows.count; first += at_once) {
      const int64_t last = std::min(of_.rows.count, first + at_once);
      of_.panel.fill(of_.image + b * of_.image_stride, first, last, memory);
      for (int64_t row = first; row < last; row += step) {
        const float* panel = memory + (row - first) * of_.panel.row_floats();
        run_rows(b, row, std::min(last, row + step), panel, weights, tiles, soon.ahead());
      }
    }
  }
}

void Winograd::run_rows(int64_t b, int64_t first, int64_t last, const float* panel,
                        const float* weights, float* tiles, Ahead* ahead) const {
  const int64_t rows = (last - first + 1) / 2, count = rows * across();
  const int64_t row = of_.panel.row_floats(), plane = count * of_.channels;
  float* const sums = tiles + kPlanes * plane;
  for (int64_t i = 0; i < rows; ++i) {
    kernels().winograd_input(panel + 2 * i * row, row, of_.channels, across(),
                             tiles + i * across() * of_.channels, plane);
  }
  const Segment all{0, 0, of_.channels};
  Product product{};
  product.a_row = of_.channels;
  product.a_term = 1;
  product.b_term = of_.weight_row;
  product.c_row = of_.weight_row;
  product.segments = &all;
  product.segment_count = 1;
  product.rows = count;
  product.columns = of_.result_columns;
  product.ahead = ahead;
  for (int64_t k = 0; k < kPlanes; ++k) {
    product.a = tiles + k * plane;
    product.b = weights + k * of_.channels * of_.weight_row;
    product.c = sums + k * count * of_.weight_row;
    kernels().product(product);
  }
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t q = first + 2 * i;
    kernels().winograd_output(sums + i * across() * of_.weight_row, count * of_.weight_row,
                              of_.weight_row, of_.init, of_.result_columns, of_.columns.count,
                              of_.result_row(b, q), q + 1 < last ? of_.result_row(b, q + 1) : nullptr,
                              of_.result_pixel);
  }
}

}  // namespace shoal
