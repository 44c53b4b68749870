// The one loop nest behind two directions of a convolution: forward, and back to the inputs.
#ifndef SHOAL_CORRELATE_H_
#define SHOAL_CORRELATE_H_

#include <vector>

#include "image_pairs.h"
#include "kernels.h"
#include "panel.h"

namespace shoal {

// One correlation of a range of images with packed weights
// [taps][channels][ld], the work of a forward pass or of one phase of an input
// gradient. With `pairs` the weights, and what the sums begin with, are doubled.
class Correlation {
 public:
  const Taps& rows;
  const Taps& columns;
  const Panel& panel;
  int64_t channels;            // terms a tap
  const float* image;          // the first
  int64_t image_stride;
  const float* weights;
  int64_t weight_row;
  float* result;               // the first image, first column
  int64_t result_stride, result_width, result_pixel;
  const float* init;
  int64_t result_columns;
  bool pairs;

  // Floats that a run needs.
  int64_t memory() const {
    return ImagesPanel(panel, pairs).floats() + (pairs ? columns.count * kernels().vector : 0);
  }
  void run(Range images, float* memory) const;
  // The same for one image that lies elsewhere, not in pairs.
  void run_image(const std::vector<Segment>& segments, const float* from, int64_t b, Ahead* ahead,
                 float* memory) const;

  float* result_row(int64_t b, int64_t q) const {
    const int64_t row = rows.origin + q * rows.stride;
    return result + b * result_stride + (row * result_width + columns.origin) * result_pixel;
  }

 private:
  void run_pair(const std::vector<Segment>& segments, Together images, Ahead* ahead,
                float* memory) const;
  Product product(const std::vector<Segment>& segments, Ahead* ahead) const;
};

}  // namespace shoal

#endif  // SHOAL_CORRELATE_H_
