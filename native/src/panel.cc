#include "panel.h"

#include <algorithm>
#include <cstring>

namespace shoal {

namespace {

// A panel should leave most of a 512 KiB second-level cache to the weights.
constexpr int64_t kPanelFloats = 32 * 1024;

void copy_pixels(const float* from, int64_t pixels, int64_t channels, int64_t pixel, float* to) {
  if (channels == 0) return;
  if (channels == pixel) {
    std::memcpy(to, from, static_cast<size_t>(pixels * channels) * sizeof(float));
    return;
  }
  kernels().pack_pixels(from, pixels, channels, pixel, to);
}

}  // namespace

bool Taps::consecutive() const {
  return offset.empty() || offset.back() - offset.front() + 1 == size();
}

Panel::Panel(const Taps& rows, const Taps& columns, int64_t height, int64_t width,
             int64_t channels, int64_t pixel)
    : rows_(rows),
      columns_(columns),
      height_(height),
      image_width_(width),
      channels_(channels),
      pixel_(pixel),
      width_(columns.count == 0 ? 0 : (columns.count - 1) * columns.step + columns.span()),
      shared_rows_(rows.consecutive() && rows.step <= rows.size()) {
  const int64_t fit = kPanelFloats / std::max<int64_t>(1, row_floats());
  const int64_t block = shared_rows_ ? (fit - rows.size()) / rows.step + 1 : 1;
  rows_at_once_ = std::max<int64_t>(1, std::min(block, rows.count));
}

int64_t Panel::floats() const { return filled(0, rows_at_once_); }

int64_t Panel::filled(int64_t first, int64_t last) const {
  const int64_t extra = shared_rows_ ? (last - first - 1) * rows_.step : 0;
  return (rows_.size() + extra) * row_floats();
}

std::vector<Range> Panel::runs() const {
  std::vector<Range> runs;
  for (int64_t j = 0; j < columns_.size(); ++j) {
    if (j > 0 && columns_.offset[j] == columns_.offset[j - 1] + 1) {
      runs.back().end = j + 1;
    } else {
      runs.push_back({j, j + 1});
    }
  }
  return runs;
}

void Panel::prepare(float* panel) const {
  if (whole()) fill_zero(panel, floats());
}

void Panel::fill(const float* image, int64_t first, int64_t last, float* panel) const {
  if (rows_.size() == 0 || columns_.size() == 0) return;
  const int64_t extra = shared_rows_ ? (last - first - 1) * rows_.step : 0;
  for (int64_t i = 0; i < rows_.size() + extra; ++i) {
    const int64_t offset = shared_rows_ ? rows_.offset[0] + i : rows_.offset[i];
    fill_row(image, first * rows_.step + offset, panel + i * row_floats());
  }
}

void Panel::fill_row(const float* image, int64_t row, float* to) const {
  if (row < 0 || row >= height_) {
    if (!whole()) fill_zero(to, row_floats());
    return;
  }
  const int64_t start = columns_.offset[0];  // image column of panel column 0
  const int64_t from = std::clamp<int64_t>(-start, 0, width_);
  const int64_t until = std::clamp<int64_t>(image_width_ - start, from, width_);
  if (until > from) {
    copy_pixels(image + (row * image_width_ + start + from) * pixel_, until - from, channels_,
                pixel_, to + from * channels_);
  }
  if (whole()) return;
  fill_zero(to, from * channels_);
  fill_zero(to + until * channels_, (width_ - until) * channels_);
}

std::vector<Segment> tap_segments(const Taps& rows, const Taps& columns, const Panel& panel,
                                  int64_t channels, int64_t weight_row) {
  std::vector<Segment> segments;
  for (int64_t i = 0; i < rows.size(); ++i) {
    for (const Range& run : panel.runs()) {
      segments.push_back({panel.tap_offset(i, run.begin),
                          (i * columns.size() + run.begin) * channels * weight_row,
                          (run.end - run.begin) * channels});
    }
  }
  return segments;
}

}  // namespace shoal
