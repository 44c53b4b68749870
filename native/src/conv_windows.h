// When a convolution under windows is one on a single channel, see kernels.h.
// Internal to the convolutions.
#ifndef SHOAL_CONV_WINDOWS_H_
#define SHOAL_CONV_WINDOWS_H_

#include "conv_job.h"

namespace shoal {

// Whether the kernels for a single channel can take it; decided by the shape
// alone, so that a network's bits do not depend on how the work is cut.
inline bool is_single_channel(const ConvShape& s, const Windows& windows) {
  const bool plain = s.h.stride == 1 && s.w.stride == 1 && s.h.dilation == 1 && s.w.dilation == 1;
  const bool square = s.h.window == s.w.window && (s.h.window == 3 || s.h.window == 5);
  constexpr int64_t kLargestPanel = 64 * 64;
  return s.channels == 1 && plain && square && windows.height == 2 && windows.width == 2 &&
         (s.h.out + s.h.window - 1) * (s.w.out + s.w.window - 1) <= kLargestPanel;
}

// Of one image, or of pairs.
inline SingleChannel single_channel_of(const ConvShape& s, const Windows& windows,
                                       const Panel& panel, const float* memory, int64_t columns,
                                       bool pairs) {
  SingleChannel single{};
  single.side = s.h.window;
  single.panel = memory;
  single.panel_row = panel.row_floats() * (pairs ? 2 : 1);
  single.out_h = s.h.out / 2;
  single.out_w = s.w.out / 2;
  single.columns = columns;
  single.step = s.filters;
  single.rectified = windows.rectified;
  single.pairs = pairs;
  return single;
}

}  // namespace shoal

#endif  // SHOAL_CONV_WINDOWS_H_
