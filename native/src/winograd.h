// Winograd's convolution F(2x2, 3x3): four outputs by 16 products instead of 36, where the
// products are most of the work.
#ifndef SHOAL_WINOGRAD_H_
#define SHOAL_WINOGRAD_H_

#include "correlate.h"

namespace shoal {

// Source: Lavin and Gray, *Fast algorithms for convolutional neural networks* (2016), section
// 4.1. Where it takes less is decided by what a lane uses of its widths, so that a lane alone
// and among others has the same bits.
class Winograd {
 public:
  // Whether a correlation can be computed so, and is the faster for it.
  static bool takes(const Taps& rows, const Taps& columns, int64_t channels, int64_t filters);

  explicit Winograd(const Correlation& correlation) : of_(correlation) {}

  // Floats of a run: for the panel, the transformed weights, and the tiles.
  int64_t panel_floats() const;
  int64_t weight_floats() const { return kPlanes * of_.channels * of_.weight_row; }
  int64_t tile_floats() const { return kPlanes * tiles() * (of_.channels + of_.weight_row); }

  void run(Range images, float* memory, float* weights, float* tiles) const;

 private:
  static constexpr int64_t kPlanes = 16;

  int64_t across() const { return (of_.columns.count + 1) / 2; }
  int64_t down() const;  // rows of tiles at a time
  int64_t tiles() const { return across() * down(); }
  void run_rows(int64_t b, int64_t first, int64_t last, const float* panel, const float* weights,
                float* tiles, Ahead* ahead) const;

  const Correlation& of_;
};

}  // namespace shoal

#endif  // SHOAL_WINOGRAD_H_
