// Backward through a chain of fully connected layers.
#ifndef SHOAL_CHAIN_BACKWARD_H_
#define SHOAL_CHAIN_BACKWARD_H_

#include <algorithm>
#include <utility>
#include <vector>

#include "chain_job.h"
#include "kernels.h"
#include "scratch.h"
#include "soon.h"
#include "tall_product.h"
#include "transposed_product.h"

namespace shoal {

class ChainBackward final : public ChainJob {
 public:
  ChainBackward(DenseChain chain, std::vector<PerLane<const float>> y, PerLane<const float> dy,
                ChainGradients gradients, int64_t threads)
      : ChainJob(std::move(chain)), y_(std::move(y)), dy_(dy), to_(std::move(gradients)) {
    cut(no_product() ? 0 : 2, threads, !no_product());
  }

  struct Work {
    float *panel, *turns[2];
    float* own;      // the results of a lane where they are in no array; else null
    Rows x;          // its inputs where they are not the chain's; else at null
    float* grads;    // where the gradients of its weights go if into no array; else null
  };

  // False when memory ran out.
  bool reserve(Work* work) const {
    const int64_t size = chain_.batch * whole(widest());
    work->panel = scratch(kTransposedSlot, transposed_panel(widest()));
    work->turns[0] = scratch(kEvenSlot, size);
    work->turns[1] = scratch(kOddSlot, size);
    work->own = work->grads = nullptr;
    work->x = {nullptr, 0};
    return work->panel != nullptr && work->turns[0] != nullptr && work->turns[1] != nullptr;
  }

  bool run(const Chunk& chunk) const noexcept override {
    Work work;
    if (!reserve(&work)) return false;
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      run_lane(chunk, lane, {dy_.of(lane), width(depth() - 1)}, work);
    }
    return true;
  }

  // above: the gradient of the last layer's results. Gradients in scratch have rows of
  // whole vectors.
  void run_lane(const Chunk& chunk, int64_t lane, Rows above, const Work& work) const {
    for (int64_t i = depth() - 1; i >= 0; --i) {
      float* own = no_product() ? dz_of(lane) : work.turns[i % 2];
      const Rows grad{own, no_product() ? width(0) : whole(used(i, lane))};
      through_rectifier(i, lane, chunk, above, own, grad.row, work);
      if (to_.dz != nullptr && chunk.share == 0) finish_dz(lane, grad);
      if (!to_.dw.empty() || work.grads != nullptr) weight_grad(i, lane, chunk, grad, work);
      if (i > 0) {
        float* below = work.turns[(i - 1) % 2];
        const int64_t row = whole(used(i - 1, lane));
        const Range columns{0, whole_vectors(used(i - 1, lane), width(i - 1))};
        const MatrixShare all{{0, chain_.batch}, columns, true};
        input_grad(i, lane, chunk, all, grad, below, row, work.panel);
        above = {below, row};
      } else if (to_.dx != nullptr) {
        outer_grad(lane, chunk, grad, work.panel);
      }
    }
  }

 private:
  // The results of layer i, or with i < 0 the inputs.
  Rows results(int64_t i, int64_t lane, const Work& work) const {
    if (i < 0) return work.x.at == nullptr ? Rows{chain_.x.of(lane), chain_.inputs} : work.x;
    if (work.own == nullptr) return {y_[static_cast<size_t>(i)].of(lane), width(i)};
    const Place place = own_place(i, lane, work.own);
    return {place.at, place.row};
  }

  // The gradient of the product out of that of the layer's result; in whole
  // vectors, with zeros beyond what is in use.
  void through_rectifier(int64_t i, int64_t lane, const Chunk& chunk, Rows above, float* grad,
                         int64_t row, const Work& work) const {
    const ChainLayer& own = layer(i);
    const int64_t columns = used(i, lane), stored = whole_vectors(columns, own.outputs);
    Range part{0, stored};
    if (to_.dx == nullptr && to_.dz == nullptr && depth() == 1) {
      // What this share's weights need.
      part = matrix_share(chunk, used(-1, lane), stored).columns;
    }
    const float* keep = own.keep.of(lane);
    const float scale = keep == nullptr ? 1.0f : 1.0f / *keep;
    const Rows y = own.rectified ? results(i, lane, work) : Rows{nullptr, 0};
    for (int64_t r = 0; r < chain_.batch; ++r) {
      const float* from = above.at + r * above.row;
      float* to = grad + r * row;
      if (y.at != nullptr) {
        kernels().rectified_grad(from + part.begin, y.at + r * y.row + part.begin, scale,
                                 part.end - part.begin, to + part.begin);
      } else {
        for (int64_t c = 0; to != from && c < columns; ++c) to[c] = from[c];
        for (int64_t c = columns; c < stored; ++c) to[c] = 0.0f;
      }
    }
  }

  // Only dz is wanted: it is computed where it belongs, by one thread.
  bool no_product() const { return to_.dx == nullptr && to_.dw.empty() && to_.dz != nullptr; }

  float* dz_of(int64_t lane) const { return to_.dz + lane * chain_.batch * width(0); }

  // Zeros beyond what is in use, and the rest unless it is there.
  void finish_dz(int64_t lane, Rows grad) const {
    const int64_t row = width(0), columns = used(0, lane);
    float* dz = dz_of(lane);
    for (int64_t r = 0; grad.at != dz && r < chain_.batch; ++r) {
      std::copy_n(grad.at + r * grad.row, columns, dz + r * row);
    }
    zero_columns(dz, chain_.batch, row, columns, row);
  }

  void weight_grad(int64_t i, int64_t lane, const Chunk& chunk, Rows grad,
                   const Work& work) const {
    const int64_t inputs = used(i - 1, lane), rows = width(i - 1);
    const int64_t columns = whole_vectors(used(i, lane), width(i));
    const bool kept = work.grads != nullptr;
    const LayerGradients to = kept ? own_gradients(i, lane, work.grads) : outer(i, lane);
    float *dw = to.dw, *db = to.db;
    const int64_t row = to.row;
    if (chunk.share == 0 && !kept) {
      zero_columns(dw, inputs, row, columns, row);
      fill_zero(dw + inputs * row, (rows - inputs) * row);
      fill_zero(db + columns, row - columns);
    }
    const MatrixShare piece = matrix_share(chunk, inputs, columns);
    const int64_t from = piece.columns.begin, count = piece.columns.end - from;
    if (piece.top) {
      kernels().column_sums(grad.at + from, grad.row, chain_.batch, count, db + from, false);
    }
    const Segment all{0, 0, chain_.batch};
    const Rows x = results(i - 1, lane, work);
    Product product{};
    product.a = x.at + piece.rows.begin;
    product.a_row = 1;
    product.a_term = x.row;
    product.b = grad.at + from;
    product.b_term = grad.row;
    product.c = dw + piece.rows.begin * row + from;
    product.c_row = row;
    product.segments = &all;
    product.segment_count = 1;
    product.rows = piece.rows.end - piece.rows.begin;
    product.columns = count;
    Soon soon;
    if (lane + 1 < chunk.end) {
      if (!kept) soon.add(dw + rows * row, used(i - 1, lane + 1) * row);
      if (i == 0 && chain_.x.count > 1) soon.add(chain_.x.of(lane + 1), chain_.batch * rows);
      if (i > 0 && work.own == nullptr) {
        soon.add(y_[static_cast<size_t>(i - 1)].of(lane + 1), chain_.batch * rows);
      }
    }
    product.ahead = soon.ahead();
    tall_product(product);
  }

  LayerGradients outer(int64_t i, int64_t lane) const {
    const size_t at = static_cast<size_t>(i);
    return {to_.dw[at] + lane * width(i - 1) * width(i), to_.db[at] + lane * width(i), width(i)};
  }

  // This share of dx.
  void outer_grad(int64_t lane, const Chunk& chunk, Rows grad, float* panel) const {
    const int64_t row = chain_.inputs, columns = used(-1, lane);
    float* dx = to_.dx + lane * chain_.batch * row;
    if (chunk.share == 0) zero_columns(dx, chain_.batch, row, columns, row);
    input_grad(0, lane, chunk, matrix_share(chunk, chain_.batch, columns), grad, dx, row, panel);
  }

  // A piece of `to` = grad wᵀ.
  void input_grad(int64_t i, int64_t lane, const Chunk& chunk, const MatrixShare& piece, Rows grad,
                  float* to, int64_t to_row, float* panel) const {
    const int64_t row = width(i), terms = used(i, lane);
    const PerLane<const float>& weight = layer(i).weight;
    Product product{};
    product.a = grad.at + piece.rows.begin * grad.row;
    product.a_row = grad.row;
    product.c = to + piece.rows.begin * to_row;
    product.c_row = to_row;
    product.rows = piece.rows.end - piece.rows.begin;
    if (product.rows <= 0) return;
    Soon soon;
    if (lane + 1 < chunk.end) {
      if (i == 0) soon.add(to + chain_.batch * to_row, chain_.batch * to_row);
      if (weight.count > 1) soon.add(weight.of(lane + 1), used(i - 1, lane + 1) * row);
    }
    product.ahead = soon.ahead();
    transposed_product(product, weight.of(lane), row, terms, piece.columns, panel);
  }

  std::vector<PerLane<const float>> y_;
  PerLane<const float> dy_;
  ChainGradients to_;
};

}  // namespace shoal

#endif  // SHOAL_CHAIN_BACKWARD_H_
