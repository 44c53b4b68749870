// Forward through a chain of fully connected layers.
#ifndef SHOAL_CHAIN_FORWARD_H_
#define SHOAL_CHAIN_FORWARD_H_

#include <utility>
#include <vector>

#include "chain_job.h"
#include "deep_product.h"
#include "dropout.h"
#include "kernels.h"
#include "scratch.h"
#include "soon.h"

namespace shoal {

class ChainForward final : public ChainJob {
 public:
  // y: see `chain_forward`.
  ChainForward(DenseChain chain, std::vector<float*> y, int64_t threads)
      : ChainJob(std::move(chain)), y_(std::move(y)) {
    cut(1, threads, true);
  }

  struct Work {
    uint32_t* keys;
    float *deep, *own;
    Rows x;                 // a lane's inputs where they are not the chain's; else at null
    const uint32_t* noise;  // two words a layer in place of the chain's keys; or null
  };

  // False when memory ran out.
  bool reserve(Work* work) const {
    work->keys = reinterpret_cast<uint32_t*>(scratch(kKeysSlot, widest()));
    work->deep = widest() > deep() ? scratch(kDeepSlot, kDeepPanel) : nullptr;
    work->own = y_[0] == nullptr ? scratch(kOwnSlot, own_floats()) : nullptr;
    work->x = {nullptr, 0};
    work->noise = nullptr;
    return work->keys != nullptr && (work->deep != nullptr || widest() <= deep()) &&
           (work->own != nullptr || y_[0] != nullptr);
  }

  bool run(const Chunk& chunk) const noexcept override {
    Work work;
    if (!reserve(&work)) return false;
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) run_lane(chunk, lane, work);
    return true;
  }

  void run_lane(const Chunk& chunk, int64_t lane, const Work& work) const {
    Rows x = work.x.at == nullptr ? Rows{chain_.x.of(lane), chain_.inputs} : work.x;
    for (int64_t i = 0; i < depth(); ++i) x = apply(i, lane, chunk, x, work);
  }

 private:
  int64_t deep() const { return deep_from(chain_.lanes); }

  Rows apply(int64_t i, int64_t lane, const Chunk& chunk, Rows x, const Work& work) const {
    const ChainLayer& own = layer(i);
    const int64_t whole_width = whole_vectors(used(i, lane), own.outputs);
    const Place y = place(i, lane, work.own);
    const bool last = i + 1 == depth();
    if (last && chunk.share == 0) zero_columns(y.at, chain_.batch, y.row, whole_width, y.row);
    const MatrixShare piece = matrix_share(chunk, chain_.batch, whole_width);
    const int64_t from = piece.columns.begin, columns = piece.columns.end - from;
    const Segment all{0, 0, used(i - 1, lane)};
    const float* bias = own.bias.of(lane);
    Product product{};
    product.a = x.at + piece.rows.begin * x.row;
    product.a_row = x.row;
    product.a_term = 1;
    product.b = own.weight.of(lane) + from;
    product.b_term = own.outputs;
    product.c = y.at + piece.rows.begin * y.row + from;
    product.c_row = y.row;
    product.init = bias == nullptr ? nullptr : bias + from;
    product.segments = &all;
    product.segment_count = 1;
    product.rows = piece.rows.end - piece.rows.begin;
    product.columns = columns;
    if (all.length > deep()) {
      deep_product(product, all.length, work.deep);
    } else {
      Soon soon = lane + 1 < chunk.end ? next(i, lane + 1) : Soon{};
      product.ahead = soon.ahead();
      kernels().product(product);
    }
    const uint32_t* noise = work.noise == nullptr ? own.key.of(lane) : work.noise + 2 * i;
    if (own.rectified) rectify(own, lane, piece, y, noise, work.keys);
    return {y.at, y.row};
  }

  Place place(int64_t i, int64_t lane, float* own) const {
    float* wanted = y_[static_cast<size_t>(i)];
    const int64_t row = width(i);
    if (wanted == nullptr) return own_place(i, lane, own);
    return {wanted + lane * chain_.batch * row, row};
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
  static void rectify(const ChainLayer& own, int64_t lane, const MatrixShare& piece, Place y,
                      const uint32_t* words, uint32_t* keys) {
    const int64_t from = piece.columns.begin, columns = piece.columns.end - from;
    const float* keep = own.keep.of(lane);
    if (keep == nullptr) {
      for (int64_t r = piece.rows.begin; r < piece.rows.end; ++r) {
        kernels().rectify(columns, y.at + r * y.row + from);
      }
      return;
    }
    const Noise noise(words);
    noise.column_keys(own.ranks.of(lane) + from, columns, keys);
    for (int64_t r = piece.rows.begin; r < piece.rows.end; ++r) {
      kernels().rectify_and_drop(noise.row_key(r), keys, *keep, columns,
                                 y.at + r * y.row + from);
    }
  }

  std::vector<float*> y_;
};

}  // namespace shoal

#endif  // SHOAL_CHAIN_FORWARD_H_
