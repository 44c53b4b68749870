#include "correlate.h"

#include <algorithm>

#include "soon.h"

namespace shoal {

void Correlation::run(Range images, float* memory) const {
  std::vector<Segment> segments = tap_segments(rows, columns, panel, channels, weight_row);
  const ImagesPanel panels(panel, pairs);
  if (pairs) double_offsets(segments);
  panels.prepare(memory);
  for (int64_t b = images.begin; b < images.end; b += panels.each()) {
    Soon soon;
    const int64_t next = b + panels.each();
    const int64_t count = std::min(panels.each(), images.end - next);
    if (count > 0) {
      soon.add(result + next * result_stride, count * result_stride);
      soon.add(image + next * image_stride, count * image_stride);
    }
    if (pairs) {
      run_pair(segments, together(b, images.end, pairs), soon.ahead(), memory);
    } else {
      run_image(segments, image + b * image_stride, b, soon.ahead(), memory);
    }
  }
}

Product Correlation::product(const std::vector<Segment>& segments, Ahead* ahead) const {
  Product product{};
  product.a_row = panel.column_step() * (pairs ? 2 : 1);
  product.a_term = pairs ? 2 : 1;
  product.pairs = pairs;
  product.b = weights;
  product.b_term = weight_row;
  product.c_row = columns.stride * result_pixel;
  product.init = init;
  product.segments = segments.data();
  product.segment_count = static_cast<int64_t>(segments.size());
  product.rows = columns.count;
  product.columns = result_columns;
  product.ahead = ahead;
  return product;
}

void Correlation::run_image(const std::vector<Segment>& segments, const float* from, int64_t b,
                            Ahead* ahead, float* memory) const {
  Product row = product(segments, ahead);
  for (int64_t first = 0; first < rows.count; first += panel.rows_at_once()) {
    const int64_t last = std::min(rows.count, first + panel.rows_at_once());
    panel.fill(from, first, last, memory);
    for (int64_t q = first; q < last; ++q) {
      row.a = memory + (q - first) * panel.row_step();
      row.c = result_row(b, q);
      kernels().product(row);
    }
  }
}

void Correlation::run_pair(const std::vector<Segment>& segments, Together images, Ahead* ahead,
                           float* memory) const {
  const ImagesPanel panels(panel, true);
  const float* first_image = image + images.first * image_stride;
  const float* second_image = image + images.second * image_stride;
  Product row = product(segments, ahead);
  row.c = memory + panels.floats();
  row.c_row = kernels().vector;
  for (int64_t first = 0; first < rows.count; first += panel.rows_at_once()) {
    const int64_t last = std::min(rows.count, first + panel.rows_at_once());
    panels.fill(first_image, second_image, first, last, memory);
    for (int64_t q = first; q < last; ++q) {
      row.a = memory + (q - first) * panel.row_step() * panels.each();
      kernels().product(row);
      kernels().separate(row.c, columns.count, result_columns, result_row(images.first, q),
                         result_row(images.second, q), columns.stride * result_pixel);
    }
  }
}

}  // namespace shoal
