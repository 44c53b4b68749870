#include "dense.h"

#include <algorithm>

#include "deep_product.h"
#include "kernels.h"
#include "matrix_share.h"
#include "scratch.h"
#include "soon.h"
#include "tall_product.h"
#include "transposed_product.h"

namespace shoal {

namespace {

class DenseJob : public Job {
 public:
  explicit DenseJob(const DenseShape& shape) : shape_(shape) {}

  void cut(int64_t result_rows, int64_t result_columns, int64_t threads) {
    std::vector<int64_t> costs(static_cast<size_t>(shape_.lanes));
    for (int64_t lane = 0; lane < shape_.lanes; ++lane) {
      // Filling with zeros is not free: about one multiply-add an element.
      costs[static_cast<size_t>(lane)] =
          shape_.batch * in(lane) * out(lane) + result_rows * result_columns;
    }
    chunks = cut_evenly(costs, most_shares(result_rows, result_columns), threads);
  }

 protected:
  int64_t in(int64_t lane) const { return active(shape_.active_in, lane, shape_.inputs); }
  int64_t out(int64_t lane) const { return active(shape_.active_out, lane, shape_.outputs); }
  DenseShape shape_;
};

class DenseForward final : public DenseJob {
 public:
  using DenseJob::DenseJob;
  PerLane<const float> x, weight, bias;
  float* y = nullptr;

  bool run(const Chunk& chunk) const noexcept override {
    float* panel = shape_.inputs > deep() ? scratch(0, kDeepPanel) : nullptr;
    if (panel == nullptr && shape_.inputs > deep()) return false;
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) run_lane(chunk, lane, panel);
    return true;
  }

 private:
  int64_t deep() const { return deep_from(shape_.lanes); }

  void run_lane(const Chunk& chunk, int64_t lane, float* panel) const {
    const int64_t inputs = in(lane), outputs = out(lane), width = shape_.outputs;
    float* to = y + lane * shape_.batch * width;
    if (chunk.share == 0) zero_columns(to, shape_.batch, width, outputs, width);
    const MatrixShare piece = matrix_share(chunk, shape_.batch, outputs);
    const Segment all{0, 0, inputs};
    const float* init = bias.of(lane);
    Product product{};
    product.a = x.of(lane) + piece.rows.begin * shape_.inputs;
    product.a_row = shape_.inputs;
    product.a_term = 1;
    product.b = weight.of(lane) + piece.columns.begin;
    product.b_term = width;
    product.c = to + piece.rows.begin * width + piece.columns.begin;
    product.c_row = width;
    product.init = init == nullptr ? nullptr : init + piece.columns.begin;
    product.segments = &all;
    product.segment_count = 1;
    product.rows = piece.rows.end - piece.rows.begin;
    product.columns = piece.columns.end - piece.columns.begin;
    if (inputs > deep()) return deep_product(product, inputs, panel);
    Soon soon;
    if (lane + 1 < chunk.end) {
      soon.add(to + shape_.batch * width, shape_.batch * width);
      if (x.count > 1) soon.add(x.of(lane + 1), shape_.batch * shape_.inputs);
      if (weight.count > 1) soon.add(weight.of(lane + 1), in(lane + 1) * width);
    }
    product.ahead = soon.ahead();
    kernels().product(product);
  }
};

class DenseInputGrad final : public DenseJob {
 public:
  using DenseJob::DenseJob;
  PerLane<const float> dy, weight;
  float* dx = nullptr;

  bool run(const Chunk& chunk) const noexcept override {
    float* panel = scratch(0, transposed_panel(shape_.outputs));
    if (panel == nullptr) return false;
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) run_lane(chunk, lane, panel);
    return true;
  }

 private:
  void run_lane(const Chunk& chunk, int64_t lane, float* panel) const {
    const int64_t inputs = in(lane), outputs = out(lane), width = shape_.inputs;
    float* to = dx + lane * shape_.batch * width;
    if (chunk.share == 0) zero_columns(to, shape_.batch, width, inputs, width);
    const MatrixShare piece = matrix_share(chunk, shape_.batch, inputs);
    Product product{};
    product.a = dy.of(lane) + piece.rows.begin * shape_.outputs;
    product.a_row = shape_.outputs;
    product.c = to + piece.rows.begin * width;
    product.c_row = width;
    product.rows = piece.rows.end - piece.rows.begin;
    if (product.rows <= 0) return;
    Soon soon;
    if (lane + 1 < chunk.end) {
      soon.add(to + shape_.batch * width, shape_.batch * width);
      if (dy.count > 1) soon.add(dy.of(lane + 1), shape_.batch * shape_.outputs);
      if (weight.count > 1) soon.add(weight.of(lane + 1), in(lane + 1) * shape_.outputs);
    }
    product.ahead = soon.ahead();
    transposed_product(product, weight.of(lane), shape_.outputs, outputs, piece.columns, panel);
  }
};

class DenseWeightGrad final : public DenseJob {
 public:
  using DenseJob::DenseJob;
  PerLane<const float> x, dy;
  float* dw = nullptr;
  float* db = nullptr;

  bool run(const Chunk& chunk) const noexcept override {
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) run_lane(chunk, lane);
    return true;
  }

 private:
  void run_lane(const Chunk& chunk, int64_t lane) const {
    const int64_t inputs = in(lane), outputs = out(lane), width = shape_.outputs;
    float* to = dw + lane * shape_.inputs * width;
    if (chunk.share == 0) {
      zero_columns(to, inputs, width, outputs, width);
      fill_zero(to + inputs * width, (shape_.inputs - inputs) * width);
      zero_columns(db + lane * width, 1, width, outputs, width);
    }
    const MatrixShare piece = matrix_share(chunk, inputs, outputs);
    const Segment all{0, 0, shape_.batch};
    Product product{};
    product.a = x.of(lane) + piece.rows.begin;
    product.a_row = 1;
    product.a_term = shape_.inputs;
    product.b = dy.of(lane) + piece.columns.begin;
    product.b_term = width;
    product.c = to + piece.rows.begin * width + piece.columns.begin;
    product.c_row = width;
    product.segments = &all;
    product.segment_count = 1;
    product.rows = piece.rows.end - piece.rows.begin;
    product.columns = piece.columns.end - piece.columns.begin;
    Soon soon;
    if (lane + 1 < chunk.end) {
      soon.add(to + shape_.inputs * width, shape_.inputs * width);
      if (x.count > 1) soon.add(x.of(lane + 1), shape_.batch * shape_.inputs);
      if (dy.count > 1) soon.add(dy.of(lane + 1), shape_.batch * width);
    }
    product.ahead = soon.ahead();
    tall_product(product);
    if (chunk.share == 0) {
      kernels().column_sums(dy.of(lane), width, shape_.batch, outputs, db + lane * width, false);
    }
  }
};

}  // namespace

std::unique_ptr<Job> dense_forward(const DenseShape& shape, PerLane<const float> x,
                                   PerLane<const float> weight, PerLane<const float> bias,
                                   float* y, int64_t threads) {
  auto job = std::make_unique<DenseForward>(shape);
  job->x = x;
  job->weight = weight;
  job->bias = bias;
  job->y = y;
  job->cut(shape.batch, shape.outputs, threads);
  return job;
}

std::unique_ptr<Job> dense_input_grad(const DenseShape& shape, PerLane<const float> dy,
                                      PerLane<const float> weight, float* dx, int64_t threads) {
  auto job = std::make_unique<DenseInputGrad>(shape);
  job->dy = dy;
  job->weight = weight;
  job->dx = dx;
  job->cut(shape.batch, shape.inputs, threads);
  return job;
}

std::unique_ptr<Job> dense_weight_grad(const DenseShape& shape, PerLane<const float> x,
                                       PerLane<const float> dy, float* dw, float* db,
                                       int64_t threads) {
  auto job = std::make_unique<DenseWeightGrad>(shape);
  job->x = x;
  job->dy = dy;
  job->dw = dw;
  job->db = db;
  job->cut(shape.inputs, shape.outputs, threads);
  return job;
}

}  // namespace shoal
