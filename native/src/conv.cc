#include "conv_pack.h"

namespace shoal {

namespace {

class ConvForward final : public ConvJob {
 public:
  using ConvJob::ConvJob;
  PerLane<const float> x, weight, bias;
  float* y = nullptr;

  bool run(const Chunk& chunk) const noexcept override {
    const Taps rows = forward_taps(shape_.h), columns = forward_taps(shape_.w);
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      for (int64_t group = 0; group < shape_.groups; ++group) {
        if (!run_group(chunk, lane, group, rows, columns)) return false;
      }
    }
    return true;
  }

 private:
  bool run_group(const Chunk& chunk, int64_t lane, int64_t group, const Taps& rows,
                 const Taps& columns) const {
    const int64_t channels = in(lane, group), filters = out(lane, group);
    const int64_t first_filter = group * shape_.group_filters();
    float* to = y + lane * shape_.batch * shape_.image_out() + first_filter;
    const bool pairs = in_pairs(filters);
    const int64_t busy = whole(filters, shape_.group_filters());
    if (chunk.share == 0) zero_idle(to, wide_of_pairs(busy, pairs));
    const Piece piece = piece_of(chunk, shape_.batch, filters);
    const int64_t width = piece.columns.end - piece.columns.begin;
    if (width <= 0 || piece.images.begin >= piece.images.end) return true;
    const Panel panel(rows, columns, shape_.h.size, shape_.w.size, channels, shape_.channels);
    const int64_t weight_row = padded(width), terms = rows.size() * columns.size() * channels;
    float* packed = scratch(kWeightSlot, (terms + 1) * weight_row);
    if (packed == nullptr) return false;
    const float* own = bias.of(lane);
    pack_bias(own == nullptr ? nullptr : own + first_filter, piece.columns, packed);
    pack_weights(shape_, weight.of(lane), group, channels, piece.columns, packed + weight_row);
    if (pairs) double_columns(packed, terms + 1, weight_row, width);
    const int64_t vectors = wide(piece.columns, filters, shape_.group_filters());
    const Correlation correlation{
        rows, columns, panel, channels,
        x.of(lane) + group * shape_.group_channels(), shape_.image_in(),
        packed + weight_row, weight_row,
        to + piece.columns.begin, shape_.image_out(), shape_.w.out, shape_.filters,
        packed, wide_of_pairs(vectors, pairs), pairs};
    return correlate(correlation, filters, piece.images);
  }

  void zero_idle(float* to, int64_t filters) const {
    zero_columns(to, shape_.batch * shape_.h.out * shape_.w.out, shape_.filters, filters,
                 shape_.group_filters());
  }
};

}  // namespace

std::unique_ptr<Job> conv_forward(const ConvShape& shape, PerLane<const float> x,
                                  PerLane<const float> weight, PerLane<const float> bias,
                                  float* y, int64_t threads) {
  auto job = std::make_unique<ConvForward>(shape);
  job->x = x;
  job->weight = weight;
  job->bias = bias;
  job->y = y;
  job->cut(shape.batch * blocks_of(shape.group_filters()), shape.batch * shape.image_out(),
           threads);
  return job;
}

}  // namespace shoal
