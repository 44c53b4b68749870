// What one instruction set offers: a small table of plain functions.
//
// Nothing here knows of lanes, threads or XLA. The translation units compiled
// for an instruction set include no library templates, so that no function
// with, say, AVX-512 instructions can be merged by the linker into code that
// runs on an older processor.
#ifndef SHOAL_KERNELS_H_
#define SHOAL_KERNELS_H_

#include <cstddef>
#include <cstdint>

namespace shoal {

// One stretch of the summation index, contiguous for both factors.
struct Segment {
  ptrdiff_t a;     // offset into Product::a
  ptrdiff_t b;     // offset into Product::b
  int64_t length;  // number of terms
};

// Memory that will be needed soon, brought nearer while the arithmetic runs.
// Many lanes do not fit into the caches, and a lane is too short for the
// processor to guess where the next one lies.
struct Ahead {
  static constexpr int kRanges = 3;
  const char* at[kRanges];
  const char* end[kRanges];
  int range;
  ptrdiff_t step;  // bytes from one cache line to the next
};

// c[r, n] (+)= init[n] + sum over segments s and terms k of
//     a[s.a + r * a_row + k * a_term] * b[s.b + k * b_term + n].
//
// With a_group > 1 that many neighboring rows of a lie side by side: row r is
// at (r / a_group) * a_row + r % a_group.
//
// With `pairs` each value of a is two images' side by side, and a column of b and c
// too: as many as make a vector, whatever `columns` says.
//
// Every element is one chain of fused multiply-adds in the order of the
// segments, whatever the tiling: the bits depend on the segments alone.
struct Product {
  const float* a;
  ptrdiff_t a_row;
  int64_t a_group;
  ptrdiff_t a_term;
  const float* b;
  ptrdiff_t b_term;
  float* c;
  ptrdiff_t c_row;
  const float* init;      // one value a column, or null for zero
  const float* row_init;  // one value a row instead, or null
  const Segment* segments;
  int64_t segment_count;
  int64_t rows;
  int64_t columns;
  bool accumulate;  // add to c instead of overwriting it
  bool resume;      // go on from c: the same chain of terms, in several calls
  bool pairs;
  Ahead* ahead;     // or null
};

// Pooling of images x [height, width, channels] with windows that may hang
// over the border; what hangs over does not count.
struct Pooling {
  int64_t height, width, channels;
  int64_t window_h, window_w;
  int64_t stride_h, stride_w;
  int64_t pad_h, pad_w;  // before the first row and column
  int64_t out_h, out_w;
};

// A row of windows side by side over a map, and their results.
struct WindowRow {
  int64_t window_h, window_w;
  int64_t windows;       // side by side
  int64_t columns;       // channels
  ptrdiff_t row, pixel;  // floats from one row, one pixel of the map to the next
  ptrdiff_t step;        // from one window's result to the next
  bool rectified;        // max(0, maximum), remembered as the position after the last
  bool pairs;            // the map is two images', each column beside the other's
  ptrdiff_t pair;        // from the one's results to the other's
};

// Rows to be normalized: y = (x - mean) * slope + shift, and at least 0 where rectified.
struct Normalized {
  const float* x;
  ptrdiff_t row;  // from one row to the next
  int64_t rows, columns;
  const float *mean, *slope, *shift;  // of each column
  bool rectified;
};

// What the gradient has beside dy * slope: (x - mean) * tilt + level.
struct NormalizedSlopes {
  const float *tilt, *level;
};

// Square filters on one channel, stride 1, under windows of 2 x 2.
struct SingleChannel {
  int64_t side;          // 3 or 5
  const float* panel;    // zero-padded pixels
  ptrdiff_t panel_row;
  const float* weight;   // [side * side] rows
  ptrdiff_t weight_row;
  int64_t out_h, out_w;  // windows
  int64_t columns;       // filters
  ptrdiff_t step;        // from one window's result to the next
  bool rectified;
  bool pairs;            // pixels and weights are two images', one beside the other's
  ptrdiff_t pair;        // from the one's results to the other's
};

// sums[i * sums_row + j] += sum over entries e of value[e] * from[at[e] + i * row + j].
// Columns are taken as whole vectors of up to 16: what is read and added beyond the
// last one must be the caller's. The order of the entries is that of the sum.
struct SparseSum {
  const int32_t* at;
  const float* value;
  int64_t count;
  const float* from;
  ptrdiff_t row;
  float* sums;
  ptrdiff_t sums_row;
  int64_t rows, columns;
};

// Where the gradient of a window's maximum belongs, by the remembered position.
struct Winners {
  static constexpr int32_t kMostPlaces = 15;
  int32_t places;     // of a window; a position from there on was cut off
  int32_t place[16];  // where each of them is, from the window's first
  int32_t step;       // from one filter to the next
};

// Windows side by side, and the gradients of their maxima.
struct WindowGradients {
  const float* dy;
  const uint8_t* winner;
  ptrdiff_t step;  // from one window to the next
  int64_t windows, filters;
};

// The numbers of one lane's optimizer. weight_decay is 0 where nothing decays;
// beta1 is momentum's too; the corrections are 1 / (1 - beta^t).
struct UpdateNumbers {
  float learning_rate, weight_decay, beta1, beta2, epsilon, correction1, correction2;
};

// What cross entropy asks of one lane besides scores and labels; see cross_entropy.h.
struct ClassCosts {
  int64_t classes;
  float smoothing;
  const float* weights;  // one a class, or null
};

struct Kernels {
  const char* name;
  int64_t vector;  // floats in the widest vector
  bool pairs;      // whether two images go into one vector, each in half of it
  void (*product)(const Product&);
  // out[c * out_row + r] = in[r * in_row + c].
  void (*transpose)(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns, float* out,
                    ptrdiff_t out_row);
  // Two images' rows as one of pairs, and a vector of pairs a row as two images' rows.
  void (*interleave)(const float* even, const float* odd, ptrdiff_t row, int64_t rows,
                     int64_t columns, float* to, ptrdiff_t to_row);
  void (*separate)(const float* from, int64_t rows, int64_t columns, float* even, float* odd,
                   ptrdiff_t row);
  // Pixels `pixel` floats apart as pixels of their first channels alone, and these as
  // pixels that lie apart again, with zeros from there up to `width`.
  void (*pack_pixels)(const float* from, int64_t pixels, int64_t channels, int64_t pixel,
                      float* to);
  void (*unpack_pixels)(const float* from, int64_t pixels, int64_t channels, int64_t width,
                        int64_t pixel, float* to);
  // sums[n] (+)= sum over r of in[r * in_row + n], in sixteen interleaved chains.
  void (*column_sums)(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns,
                      float* sums, bool accumulate);
  // sums[n] and squares[n] = sums over r of x[r * row + n] - mean[n] and of its square; see
  // batch_norm.h.
  void (*column_squares)(const float* x, ptrdiff_t row, int64_t rows, int64_t columns,
                         const float* mean, float* sums, float* squares);
  // A block of rows; of each column the sums of dy and of dy * (x - mean), which the rectifier
  // may have cut off; and dx = dy * slope + (x - mean) * tilt + level. All that is no column's
  // number lies like x.
  void (*normalize)(const Normalized&, float* y);
  void (*normalized_sums)(const Normalized&, const float* dy, float* sums, float* products);
  void (*normalized_grad)(const Normalized&, const NormalizedSlopes&, const float* dy, float* dx);
  // The same of a row of windows, of which the maxima alone are kept, and their gradients.
  void (*normalized_max)(const WindowRow&, const Normalized&, float* y, uint8_t* winner);
  void (*normalized_max_sums)(const WindowRow&, const Normalized&, const float* dy,
                              const uint8_t* winner, float* sums, float* products);
  void (*normalized_max_grad)(const WindowRow&, const Normalized&, const NormalizedSlopes&,
                              const float* dy, const uint8_t* winner, float* dx);
  // sums[r] = sum over n of in[r * in_row + n], in the same chains as column_sums.
  void (*row_sums)(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns,
                   float* sums);
  // A row of tiles, from [4][2 * tiles + 2][channels] to 16 planes of [tiles][channels]; n
  // windows (a multiple of 4), [9][n] to [16][n]; 16 planes of [tiles][filters] to two rows of
  // `width` pixels, the lower one null where there is none. See winograd.h.
  void (*winograd_input)(const float* from, ptrdiff_t row, int64_t channels, int64_t tiles,
                         float* to, ptrdiff_t plane);
  void (*winograd_weights)(const float* from, int64_t n, float* to);
  void (*winograd_output)(const float* from, ptrdiff_t plane, ptrdiff_t from_row,
                          const float* init, int64_t filters, int64_t width, float* upper,
                          float* lower, ptrdiff_t pixel);
  // One image each.
  void (*max_pool)(const Pooling&, const float* x, float* y);
  void (*max_pool_grad)(const Pooling&, const float* x, const float* dy, float* dx);
  void (*avg_pool)(const Pooling&, const float* x, float* y);
  void (*avg_pool_grad)(const Pooling&, const float* dy, float* dx);
  // The maxima of one row of windows and where they were; the gradient of the
  // map from theirs, and the sums of what passed, added to `sums` unless null.
  void (*max_of_row)(const WindowRow&, const float* x, float* y, uint8_t* winner);
  void (*spread_row)(const WindowRow&, const float* dy, const uint8_t* winner, float* dx,
                     float* sums);
  // One image each; the gradient adds to `sums` [side * side] and `bias_sums`.
  void (*single_channel)(const SingleChannel&, const float* bias, float* y, uint8_t* winner);
  void (*single_channel_grad)(const SingleChannel&, const float* dy, const uint8_t* winner,
                              float* sums, float* bias_sums);
  void (*sparse_sum)(const SparseSum&);
  // The sparse sums of one window after the other, `next` floats further on each: where
  // the gradients belong and what is not 0 of them. `at` and `value` have room for all
  // filters and 16 more.
  void (*add_windows)(const Winners&, const WindowGradients&, SparseSum, ptrdiff_t next,
                      int32_t* at, float* value);
  // A row for each window: where its filters' gradients belong, from `first` on and
  // `next` further for each window, and the gradients, 0 where the maximum was cut off.
  void (*locate)(const Winners&, const WindowGradients&, int32_t first, int32_t next,
                 int32_t* at, float* value, ptrdiff_t row);
  // Those of n entries whose value is not 0, in order; returns their number. The
  // results must have room for 16 more.
  int64_t (*keep_nonzero)(const int32_t* at, const float* value, int64_t n, int32_t* kept_at,
                          float* kept_value);
  // One row each: see dropout.h and noise.py.
  void (*dropout)(const float* x, uint32_t row, const uint32_t* columns, float keep, int64_t n,
                  float* y);
  // One row each, in place: the rectifier, and dropout after it. The gradient
  // through both follows from their result alone; `grad` may be `dy`.
  void (*rectify)(int64_t n, float* y);
  void (*rectify_and_drop)(uint32_t row, const uint32_t* columns, float keep, int64_t n, float* y);
  void (*rectified_grad)(const float* dy, const float* y, float scale, int64_t n, float* grad);
  // One stretch each, in place.
  void (*adamw)(const UpdateNumbers&, const float* grad, int64_t n, float* param, float* mean,
                float* square);
  void (*momentum)(const UpdateNumbers&, bool nesterov, const float* grad, int64_t n,
                   float* param, float* velocity);
  void (*descend)(const UpdateNumbers&, const float* grad, int64_t n, float* param);
  // Rows of scores, one class beside the other; `panel` has room for 16 rows.
  void (*class_costs)(const ClassCosts&, const float* scores, const int32_t* labels,
                      int64_t rows, float* panel, float* costs);
  void (*class_costs_grad)(const ClassCosts&, const float* scores, const int32_t* labels,
                           const float* grad, int64_t rows, float* panel, float* to);
  // Both, of scores that lie class after class: one row beside the other, and from one
  // class to the next `row` floats, whole vectors. So does the gradient.
  void (*class_costs_across)(const ClassCosts&, const float* scores, ptrdiff_t row,
                             const int32_t* labels, const float* grad, int64_t rows,
                             float* costs, float* to);
};

// The best table for this processor, or the one that SHOAL_KERNELS_ISA names
// if the processor can run it.
const Kernels& kernels();

}  // namespace shoal

#endif  // SHOAL_KERNELS_H_
