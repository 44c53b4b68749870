#include <utility>

#include "chain_job.h"
#include "deep_product.h"
#include "dropout.h"
#include "kernels.h"
#include "scratch.h"
#include "soon.h"

namespace shoal {

namespace {

class ChainForward final : public ChainJob {
 public:
  ChainForward(DenseChain chain, std::vector<float*> y, int64_t threads)
      : ChainJob(std::move(chain)), y_(std::move(y)) {
    cut(1, threads);
  }

  bool run(const Chunk& chunk) const noexcept override {
    Scratch own{};
    own.keys = reinterpret_cast<uint32_t*>(scratch(kKeysSlot, widest()));
    if (own.keys == nullptr) return false;
    if (widest() > kDeep && (own.panel = scratch(kPanelSlot, kDeepPanel)) == nullptr) return false;
    for (int64_t i = 0; y_[0] == nullptr && i < 2; ++i) {
      own.turns[i] = scratch(kEvenSlot + static_cast<int>(i), chain_.batch * widest());
      if (own.turns[i] == nullptr) return false;
    }
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      Rows x{chain_.x.of(lane), chain_.inputs};
      for (int64_t i = 0; i < depth(); ++i) x = apply(i, lane, chunk, x, own);
    }
    return true;
  }

 private:
  enum Slot { kKeysSlot, kPanelSlot, kEvenSlot, kOddSlot };

  struct Scratch {
    uint32_t* keys;   // of the noise, one a column
    float* panel;     // of products over many terms
    float* turns[2];  // results that nobody wants, of one layer and the next
  };

  Rows apply(int64_t i, int64_t lane, const Chunk& chunk, Rows x, const Scratch& space) const {
    const ChainLayer& own = layer(i);
    const int64_t row = own.outputs, whole = whole_vectors(used(i, lane), row);
    const int64_t size = chain_.batch * row;
    float* wanted = y_[static_cast<size_t>(i)];
    float* y = wanted == nullptr ? space.turns[i % 2] : wanted + lane * size;
    const bool last = i + 1 == depth();
    if (last && chunk.share == 0) zero_columns(y, chain_.batch, row, whole, row);
    const MatrixShare piece = matrix_share(chunk, chain_.batch, whole);
    const int64_t from = piece.columns.begin, columns = piece.columns.end - from;
    const Segment all{0, 0, used(i - 1, lane)};
    const float* bias = own.bias.of(lane);
    Product product{};
    product.a = x.at + piece.rows.begin * x.row;
    product.a_row = x.row;
    product.a_term = 1;
    product.b = own.weight.of(lane) + from;
    product.b_term = row;
    product.c = y + piece.rows.begin * row + from;
    product.c_row = row;
    product.init = bias == nullptr ? nullptr : bias + from;
    product.segments = &all;
    product.segment_count = 1;
    product.rows = piece.rows.end - piece.rows.begin;
    product.columns = columns;
    if (all.length > kDeep) {
      deep_product(product, all.length, space.panel);
    } else {
      Soon soon = lane + 1 < chunk.end ? next(i, lane + 1) : Soon{};
      product.ahead = soon.ahead();
      kernels().product(product);
    }
    if (own.rectified) rectify(own, lane, piece, y, space.keys);
    return {y, row};
  }

  // What layer i of a lane will read and write.
  Soon next(int64_t i, int64_t lane) const {
    const ChainLayer& own = layer(i);
    const int64_t size = chain_.batch * own.outputs, inputs = width(i - 1);
    Soon soon;
    const float* wanted = y_[static_cast<size_t>(i)];
    if (wanted != nullptr) soon.add(wanted + lane * size, size);
    if (i == 0 && chain_.x.count > 1) soon.add(chain_.x.of(lane), chain_.batch * inputs);
    if (own.weight.count > 1) soon.add(own.weight.of(lane), used(i - 1, lane) * own.outputs);
    return soon;
  }

  // What comes after a layer's product, on what is still in the nearest cache.
  static void rectify(const ChainLayer& own, int64_t lane, const MatrixShare& piece, float* y,
                      uint32_t* keys) {
    const int64_t from = piece.columns.begin, columns = piece.columns.end - from;
    const float* keep = own.keep.of(lane);
    if (keep == nullptr) {
      for (int64_t r = piece.rows.begin; r < piece.rows.end; ++r) {
        kernels().rectify(columns, y + r * own.outputs + from);
      }
      return;
    }
    const Noise noise(own.key.of(lane));
    noise.column_keys(own.ranks.of(lane) + from, columns, keys);
    for (int64_t r = piece.rows.begin; r < piece.rows.end; ++r) {
      kernels().rectify_and_drop(noise.row_key(r), keys, *keep, columns,
                                 y + r * own.outputs + from);
    }
  }

  std::vector<float*> y_;
};

}  // namespace

std::unique_ptr<Job> chain_forward(DenseChain chain, std::vector<float*> y, int64_t threads) {
  return std::make_unique<ChainForward>(std::move(chain), std::move(y), threads);
}

}  // namespace shoal
