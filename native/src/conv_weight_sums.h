// The products behind a weight gradient: taps of the inputs times gradients, summed over
// the pixels of images. Internal to the convolutions.
#ifndef SHOAL_CONV_WEIGHT_SUMS_H_
#define SHOAL_CONV_WEIGHT_SUMS_H_

#include <algorithm>
#include <vector>

#include "conv_job.h"
#include "image_pairs.h"
#include "soon.h"

namespace shoal {

// A share of the rows of taps, or of the filters, of one group's weights.
struct WeightShare {
  Range taps, filters;
  int64_t wide = 0;  // filters, with idle ones that fill the last vector
  int64_t width() const { return filters.end - filters.begin; }
};

// sums: [tap, channel] rows of `padded(share.width())`; with pairs, of both images' sums.
class WeightSums {
 public:
  WeightSums(const ConvShape& shape, const Panel& panel, const ImagesPanel& images,
             const WeightShare& share, int64_t channels, float* memory, float* sums)
      : shape_(shape),
        panel_(panel),
        images_(images),
        share_(share),
        channels_(channels),
        runs_(panel.runs()),
        memory_(memory),
        sums_(sums) {}

  // Adds what one image gives, or a pair. image: the first of all. gradient: of these
  // images, from the share's first filter on, or a pair's. all, each: where gradients lie
  // in memory, and floats of an image's.
  void add(Together two, const float* image, const float* gradient, const float* all,
           int64_t each) const {
    const int64_t step = images_.each();
    const int64_t pixel = step > 1 ? kernels().vector : shape_.filters;
    Product product{};
    product.a_row = step;
    product.a_term = panel_.column_step() * step;
    product.b = gradient;
    product.b_term = pixel;
    product.c_row = row();
    product.columns = share_.wide;
    product.accumulate = true;
    product.pairs = step > 1;
    Soon soon;
    const int64_t next = two.first + step;
    if (next < shape_.batch) {
      soon.add(image + next * shape_.image_in(), shape_.image_in());
      soon.add(all + next * each, each);
    }
    product.ahead = soon.ahead();
    std::vector<Segment> segments;
    for (int64_t first = 0; first < shape_.h.out; first += panel_.rows_at_once()) {
      const int64_t last = std::min(shape_.h.out, first + panel_.rows_at_once());
      images_.fill(image + two.first * shape_.image_in(), image + two.second * shape_.image_in(),
                   first, last, memory_);
      segments.clear();
      for (int64_t q = first; q < last; ++q) {
        segments.push_back({(q - first) * panel_.row_step() * step, q * shape_.w.out * pixel,
                            shape_.w.out});
      }
      product.segments = segments.data();
      product.segment_count = last - first;
      add_taps(product);
    }
  }

  // The two images' sums as one.
  void add_halves() const {
    float* sum = sums_;
    const int64_t taps = (share_.taps.end - share_.taps.begin) * shape_.w.window;
    for (int64_t r = 0; r < taps * channels_; ++r, sum += row()) {
      for (int64_t n = 0; n < share_.width(); ++n) sum[n] = sum[2 * n] + sum[2 * n + 1];
    }
  }

 private:
  int64_t row() const { return padded(share_.width()); }

  void add_taps(Product product) const {
    const int64_t step = images_.each(), taps = share_.taps.end - share_.taps.begin;
    if (runs_.size() == 1) {  // all columns of taps side by side: one product
      product.a = memory_ + panel_.tap_offset(share_.taps.begin, 0) * step;
      product.a_row = panel_.row_floats() * step;
      product.a_group = shape_.w.window * channels_;
      product.c = sums_;
      product.rows = taps * product.a_group;
      return kernels().product(product);
    }
    for (int64_t i = 0; i < taps; ++i) {
      for (const Range& run : runs_) {
        product.a = memory_ + panel_.tap_offset(share_.taps.begin + i, run.begin) * step;
        product.c = sums_ + (i * shape_.w.window + run.begin) * channels_ * row();
        product.rows = (run.end - run.begin) * channels_;
        kernels().product(product);
      }
    }
  }

  const ConvShape& shape_;
  const Panel& panel_;
  const ImagesPanel& images_;
  const WeightShare share_;
  const int64_t channels_;
  const std::vector<Range> runs_;
  float *memory_, *sums_;
};

}  // namespace shoal

#endif  // SHOAL_CONV_WEIGHT_SUMS_H_
