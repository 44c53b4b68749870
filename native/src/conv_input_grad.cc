#include "conv_sparse.h"
#include "soon.h"

namespace shoal {

namespace {

// The inputs origin, origin + stride, … receive from the outputs q through the
// taps with q * stride - pad + i * dilation = input: the same taps for all.
Taps backward_taps(const Axis& axis, int64_t origin) {
  Taps taps;
  taps.origin = origin;
  taps.stride = axis.stride;
  taps.count = origin < axis.size ? (axis.size - origin + axis.stride - 1) / axis.stride : 0;
  for (int64_t i = axis.window - 1; i >= 0; --i) {
    const int64_t distance = origin + axis.pad - i * axis.dilation;
    if (distance % axis.stride != 0) continue;
    taps.offset.push_back(distance / axis.stride);
    taps.tap.push_back(i);
  }
  return taps;
}

// Those of every place that is a beginning.
std::vector<Taps> phases_of(const Axis& axis) {
  std::vector<Taps> phases;
  for (int64_t at = 0; at < std::min(axis.stride, axis.size); ++at) {
    phases.push_back(backward_taps(axis, at));
  }
  return phases;
}

class ConvInputGrad final : public ConvJob {
 public:
  using ConvJob::ConvJob;
  MapGradient dy;
  PerLane<const float> weight;
  float* dx = nullptr;

  bool run(const Chunk& chunk) const noexcept override {
    if (!run_sparse(chunk)) return false;
    const std::vector<Taps> rows = phases_of(shape_.h), columns = phases_of(shape_.w);
    const int64_t step = images_at_once(static_cast<int64_t>(rows.size() * columns.size()));
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      for (int64_t group = 0; group < shape_.groups; ++group) {
        if (sparse().takes(in(lane, group), out(lane, group))) continue;
        for (int64_t b = 0; b < shape_.batch; b += step) {
          const Range images{b, std::min(b + step, shape_.batch)};
          for (const Taps& row : rows) {
            for (const Taps& column : columns) {
              if (!run_phase(chunk, lane, group, row, column, images)) return false;
            }
          }
        }
      }
    }
    return true;
  }

 private:
  SparseInputGrad sparse() const { return {shape_, dy, weight, dx}; }

  // The lanes whose gradient goes through the winners of windows.
  bool run_sparse(const Chunk& chunk) const {
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      for (int64_t group = 0; group < shape_.groups; ++group) {
        const int64_t channels = in(lane, group), filters = out(lane, group);
        if (!sparse().takes(channels, filters)) continue;
        const Piece piece = piece_of(chunk, shape_.batch, channels);
        if (piece.columns.begin > 0) continue;  // it is cut by images alone
        if (!sparse().run(lane, group, channels, filters, piece.images)) return false;
      }
    }
    return true;
  }

  // Images that every phase writes to before the next ones begin: they should stay near.
  int64_t images_at_once(int64_t phases) const {
    constexpr int64_t kNear = 128 * 1024;  // floats
    if (phases <= 1) return std::max<int64_t>(1, shape_.batch);
    return std::max<int64_t>(2, kNear / std::max<int64_t>(1, shape_.image_in()) / 2 * 2);
  }

  bool run_phase(const Chunk& chunk, int64_t lane, int64_t group, const Taps& rows,
                 const Taps& columns, Range some) const {
    const int64_t channels = in(lane, group), filters = out(lane, group);
    float* to = dx + lane * shape_.batch * shape_.image_in() + group * shape_.group_channels();
    const bool pairs = !dy.spread() && in_pairs(channels);
    const int64_t busy = whole(channels, shape_.group_channels());
    if (chunk.share == 0) zero_idle(to, wide_of_pairs(busy, pairs), rows, columns, some);
    Piece piece = piece_of(chunk, shape_.batch, channels);
    piece.images.begin = std::max(piece.images.begin, some.begin);
    piece.images.end = std::min(piece.images.end, some.end);
    const int64_t width = piece.columns.end - piece.columns.begin;
    if (width <= 0 || piece.images.begin >= piece.images.end) return true;
    const Panel panel(rows, columns, shape_.h.out, shape_.w.out, filters, shape_.filters);
    const int64_t weight_row = padded(width);
    const int64_t terms = rows.size() * columns.size() * filters;
    float* packed = scratch(kWeightSlot, terms * weight_row);
    if (packed == nullptr) return false;
    fill_zero(packed, terms * weight_row);
    pack(lane, group, filters, piece.columns, rows, columns, packed);
    if (pairs) double_columns(packed, terms, weight_row, width);
    const int64_t vectors = wide(piece.columns, channels, shape_.group_channels());
    const Correlation correlation{
        rows, columns, panel, filters,
        dy.spread() ? nullptr : dy.dy.of(lane) + group * shape_.group_filters(),
        shape_.image_out(), packed, weight_row,
        to + piece.columns.begin, shape_.image_in(), shape_.w.size, shape_.channels,
        nullptr, wide_of_pairs(vectors, pairs), pairs};
    if (dy.spread()) return run_spread(correlation, lane, group, filters, piece.images);
    return correlate(correlation, channels, piece.images);
  }

  bool run_spread(const Correlation& correlation, int64_t lane, int64_t group, int64_t filters,
                  Range images) const {
    float* memory = scratch(kPanelSlot, correlation.memory());
    float* map = scratch(kMapSlot, shape_.image_out());
    if (memory == nullptr || map == nullptr) return false;
    const std::vector<Segment> segments =
        tap_segments(correlation.rows, correlation.columns, correlation.panel,
                     correlation.channels, correlation.weight_row);
    const int64_t first = group * shape_.group_filters();
    correlation.panel.prepare(memory);
    for (int64_t b = images.begin; b < images.end; ++b) {
      const float* from = dy.image(shape_, lane, b, {first, first + filters}, map, nullptr);
      Soon soon;
      if (b + 1 < images.end) {
        soon.add(correlation.result + (b + 1) * correlation.result_stride, shape_.image_in());
        soon.add(dy.dy.of(lane) + (b + 1) * dy.image_floats(shape_), dy.image_floats(shape_));
      }
      correlation.run_image(segments, from + first, b, soon.ahead(), memory);
    }
    return true;
  }

  void zero_idle(float* to, int64_t channels, const Taps& rows, const Taps& columns,
                 Range images) const {
    const int64_t idle = shape_.group_channels() - channels;
    if (idle == 0) return;
    for (int64_t b = images.begin; b < images.end; ++b) {
      for (int64_t q = 0; q < rows.count; ++q) {
        for (int64_t p = 0; p < columns.count; ++p) {
          const int64_t pixel = (rows.origin + q * rows.stride) * shape_.w.size +
                                columns.origin + p * columns.stride;
          fill_zero(to + b * shape_.image_in() + pixel * shape_.channels + channels, idle);
        }
      }
    }
  }

  void pack(int64_t lane, int64_t group, int64_t filters, Range channels, const Taps& rows,
            const Taps& columns, float* packed) const {
    const int64_t width = channels.end - channels.begin;
    for (int64_t i : rows.tap) {
      for (int64_t j : columns.tap) {
        const float* from =
            tap_weights(weight.of(lane), i, j, group) + channels.begin * shape_.filters;
        kernels().transpose(from, shape_.filters, width, filters, packed, padded(width));
        packed += filters * padded(width);
      }
    }
  }
};

}  // namespace

std::unique_ptr<Job> conv_input_grad(const ConvShape& shape, const MapGradient& dy,
                                     PerLane<const float> weight, float* dx, int64_t threads) {
  auto job = std::make_unique<ConvInputGrad>(shape);
  job->dy = dy;
  job->weight = weight;
  job->dx = dx;
  job->cut(shape.batch * blocks_of(shape.group_channels()), shape.batch * shape.image_in(),
           threads);
  return job;
}

}  // namespace shoal
