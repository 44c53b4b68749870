// Where filters fill no more than half a vector, two images are computed side by side:
// each value of the one beside the other's. Internal to the convolutions.
#ifndef SHOAL_IMAGE_PAIRS_H_
#define SHOAL_IMAGE_PAIRS_H_

#include <algorithm>
#include <vector>

#include "kernels.h"
#include "panel.h"

namespace shoal {

// Whether so many filters leave room for a second image. Of a lane's own number of
// filters, so that a padded lane keeps the bits of the small network.
inline bool in_pairs(int64_t filters) {
  return kernels().pairs && filters > 0 && 2 * filters <= kernels().vector;
}

// Of so many columns those that are computed: with pairs no more than a half vector.
inline int64_t wide_of_pairs(int64_t wide, bool pairs) {
  return pairs ? std::min(wide, kernels().vector / 2) : wide;
}

// The images that are computed together: one, or two, of which the second may be the
// first again where none is left.
struct Together {
  int64_t first, second;
  int64_t apart() const { return second - first; }
};

inline Together together(int64_t image, int64_t end, bool pairs) {
  return {image, pairs && image + 1 < end ? image + 1 : image};
}

// A panel of one image or of a pair, filled from where the images lie.
class ImagesPanel {
 public:
  ImagesPanel(const Panel& panel, bool pairs) : panel_(panel), pairs_(pairs) {}

  int64_t floats() const { return panel_.floats() * (pairs_ ? 4 : 1); }
  // Floats from one value of an image to its next.
  int64_t each() const { return pairs_ ? 2 : 1; }

  // Once, before the first is filled; `memory` has floats().
  void prepare(float* memory) const {
    for (int64_t i = 0; i < (pairs_ ? 2 : 1); ++i) panel_.prepare(own(memory, i));
  }
  void fill(const float* image, const float* other, int64_t first, int64_t last,
            float* memory) const {
    panel_.fill(image, first, last, own(memory, 0));
    if (!pairs_) return;
    panel_.fill(other, first, last, own(memory, 1));
    kernels().interleave(own(memory, 0), own(memory, 1), 0, 1, panel_.filled(first, last), memory,
                         0);
  }

 private:
  // Pairs come first, the two images behind them.
  float* own(float* memory, int64_t i) const {
    return memory + (pairs_ ? 2 + i : 0) * panel_.floats();
  }
  const Panel& panel_;
  bool pairs_;
};

// Rows of weights, each of which there is once for either image: in place, where rows of
// `width` filters were, and zeros behind them.
inline void double_columns(float* rows, int64_t count, int64_t row, int64_t width) {
  for (int64_t r = 0; r < count; ++r, rows += row) {
    for (int64_t n = width - 1; n >= 0; --n) rows[2 * n] = rows[2 * n + 1] = rows[n];
  }
}

// Offsets into a panel of pairs.
inline void double_offsets(std::vector<Segment>& segments) {
  for (Segment& segment : segments) segment.a *= 2;
}

}  // namespace shoal

#endif  // SHOAL_IMAGE_PAIRS_H_
