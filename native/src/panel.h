// Which input pixels an output pixel of a convolution reads, and the small zero-padded
// panel they are copied to, so that the inner loop knows neither borders nor idle channels.
#ifndef SHOAL_PANEL_H_
#define SHOAL_PANEL_H_

#include <cstdint>
#include <vector>

#include "kernels.h"
#include "lanes.h"

namespace shoal {

// The taps of one axis. Output q reads the inputs q * step + offset[i], through
// the weight taps tap[i], and is written to position origin + q * stride.
struct Taps {
  std::vector<int64_t> offset;  // ascending
  std::vector<int64_t> tap;
  int64_t step = 1;
  int64_t origin = 0, stride = 1, count = 0;

  int64_t size() const { return static_cast<int64_t>(offset.size()); }
  bool consecutive() const;
  int64_t span() const { return offset.empty() ? 0 : offset.back() - offset.front() + 1; }
};

// A panel of input rows for a block of output rows, all output columns:
// [panel row][panel column][channel], channels packed.
class Panel {
 public:
  // `channels` of the input's `pixel` floats a pixel are read.
  Panel(const Taps& rows, const Taps& columns, int64_t height, int64_t width, int64_t channels,
        int64_t pixel);

  int64_t rows_at_once() const { return rows_at_once_; }  // output rows a block
  int64_t floats() const;
  // Of these, what is filled for the output rows [first, last).
  int64_t filled(int64_t first, int64_t last) const;
  int64_t row_floats() const { return width_ * channels_; }
  // Floats from one output row of a block to the next, one output column to the next.
  int64_t row_step() const { return shared_rows_ ? rows_.step * row_floats() : 0; }
  int64_t column_step() const { return columns_.step * channels_; }
  int64_t tap_offset(int64_t i, int64_t j) const {
    return i * row_floats() + (columns_.offset[j] - columns_.offset[0]) * channels_;
  }
  // Neighboring taps of a row that lie side by side in the panel: [begin, end).
  std::vector<Range> runs() const;

  // To be called once before the panel is filled, whatever number of times: where
  // it holds a whole image, the zeros around it are the same for every image.
  void prepare(float* panel) const;

  // Copies what the output rows [first, last) read of the image.
  void fill(const float* image, int64_t first, int64_t last, float* panel) const;

 private:
  bool whole() const { return shared_rows_ && rows_at_once_ >= rows_.count; }
  void fill_row(const float* image, int64_t row, float* to) const;

  const Taps& rows_;
  const Taps& columns_;
  int64_t height_, image_width_, channels_, pixel_;
  int64_t width_;
  bool shared_rows_;
  int64_t rows_at_once_;
};

// The terms of one output: the taps' rows and runs, with packed weights
// [taps][channels][weight_row].
std::vector<Segment> tap_segments(const Taps& rows, const Taps& columns, const Panel& panel,
                                  int64_t channels, int64_t weight_row);

}  // namespace shoal

#endif  // SHOAL_PANEL_H_
