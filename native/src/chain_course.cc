#include "chain_course.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "chain_backward.h"
#include "chain_cost.h"
#include "chain_forward.h"
#include "cross_entropy.h"

namespace shoal {

namespace {

class CourseJob final : public ChainJob {
 public:
  CourseJob(ChainCourse course, int64_t threads)
      : ChainJob(course.chain), course_(std::move(course)),
        forward_(chain_, std::vector<float*>(chain_.layers.size(), nullptr), 0),
        backward_(chain_, {}, {}, {}, 0) {
    std::vector<std::pair<int64_t, int64_t>> dear;  // cost and lane
    for (int64_t lane = 0; lane < chain_.lanes; ++lane) dear.push_back({-step_cost(lane), lane});
    // The dearest first, so that none of them is left over when all other work is done.
    std::sort(dear.begin(), dear.end());
    if (threads <= 1) {
      chunks = {{0, chain_.lanes, 0, 1}};
      return;
    }
    for (const auto& each : dear) chunks.push_back({each.second, each.second + 1, 0, 1});
  }

  bool run(const Chunk& chunk) const noexcept override {
    Work work(chain_.batch, width(depth() - 1));
    if (!reserve(&work)) return false;
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      const int64_t first = course_.progress.step[lane];
      for (int64_t s = 0; s < course_.batches.steps && course_.progress.alive[lane]; ++s) {
        step(lane, s, first, work);
      }
    }
    return true;
  }

 private:
  struct Work {
    Work(int64_t batch, int64_t classes) : cost(batch, classes) {}
    ChainForward::Work forward;
    ChainBackward::Work backward;
    ScoreCost cost;
    float *x, *weights;  // of a batch
    int32_t* labels;
    uint32_t* noise;  // two words a layer
  };

  // Of one step: forward, both ways back, and the update.
  int64_t step_cost(int64_t lane) const {
    int64_t weights = 0;
    for (int64_t i = 0; i < depth(); ++i) weights += used(i - 1, lane) * used(i, lane);
    return lane_cost(lane, 3) + update_cost(course_.kind) * weights;
  }

  bool reserve(Work* work) const {
    const int64_t rows = whole(chain_.batch), noise = 2 * depth();
    if (!forward_.reserve(&work->forward) || !backward_.reserve(&work->backward) ||
        !work->cost.reserve(kScoresSlot)) {
      return false;
    }
    work->x = scratch(kBatchSlot, rows * chain_.inputs + 2 * rows + noise);
    work->backward.grads = scratch(kGradSlot, gradient_floats());
    if (work->x == nullptr || work->backward.grads == nullptr) return false;
    work->weights = work->x + rows * chain_.inputs;
    work->labels = reinterpret_cast<int32_t*>(work->weights + rows);
    work->noise = reinterpret_cast<uint32_t*>(work->labels + rows);
    work->forward.x = work->backward.x = work->x;
    work->forward.noise = work->noise;
    work->backward.own = work->forward.own;
    return true;
  }

  void step(int64_t lane, int64_t s, int64_t first, Work& work) const {
    const Progress& progress = course_.progress;
    const Chunk alone{lane, lane + 1, 0, 1};
    const float count = take(lane, s, work);
    for (int64_t i = 0; i < depth(); ++i) {
      const uint32_t* key = layer(i).key.of(lane);
      if (key == nullptr) continue;
      work.noise[2 * i] = key[0];
      work.noise[2 * i + 1] = static_cast<uint32_t>(progress.step[lane]);
    }
    forward_.run_lane(alone, lane, work.forward);
    const int64_t classes = width(depth() - 1);
    const ClassCosts call = class_costs_of(lane, classes, course_.smoothing, course_.classes);
    const float* scores = own_place(depth() - 1, lane, work.forward.own).at;
    const float cost = work.cost.cost(call, scores, work.labels, work.weights);
    if (!std::isfinite(cost)) {
      progress.first_bad_step[lane] = progress.step[lane];
      progress.alive[lane] = 0;
      return;
    }
    if (count <= 0) return;
    backward_.run_lane(alone, lane, {work.cost.gradient(), classes}, work.backward);
    update(lane, progress.step[lane] - first, work.backward.grads);
    progress.step[lane] += 1;
    progress.loss_sum[lane] += cost * count;
    progress.examples[lane] += count;
  }

  // The step's examples, and how much each counts; returns the number of labels.
  float take(int64_t lane, int64_t s, const Work& work) const {
    const Batches& from = course_.batches;
    const int64_t classes = width(depth() - 1), row = chain_.inputs;
    const int32_t* order = from.order.of(lane) + s * chain_.batch;
    const float* weights = from.weights.of(lane);
    float count = 0;
    for (int64_t r = 0; r < chain_.batch; ++r) {
      const int64_t at = std::clamp<int64_t>(order[r], 0, from.examples - 1);
      std::memcpy(work.x + r * row, from.x.of(lane) + at * row,
                  static_cast<size_t>(row) * sizeof(float));
      work.labels[r] = from.labels.of(lane)[at];
      const float counts = work.labels[r] >= 0 && work.labels[r] < classes ? 1.0f : 0.0f;
      const float present = order[r] >= 0 ? 1.0f : 0.0f;
      work.weights[r] = present * (weights == nullptr ? 1.0f : weights[at]) * counts;
      count += present * counts;
    }
    const float total = std::max(count, 1.0f);
    for (int64_t r = 0; r < chain_.batch; ++r) work.weights[r] /= total;
    return count;
  }

  // The step before which `taken` have been taken.
  void update(int64_t lane, int64_t taken, float* grads) const {
    const float* numbers = course_.numbers.of(lane) + taken * kNumbers;
    for (int64_t i = 0; i < depth(); ++i) {
      const int64_t row = width(i), columns = whole_vectors(used(i, lane), row);
      const LayerGradients own = own_gradients(i, lane, grads);
      const size_t at = static_cast<size_t>(i);
      for (int64_t r = 0; r < used(i - 1, lane); ++r) {
        stretch(course_.weights[at], numbers, own.dw + r * own.row, columns,
                (lane * width(i - 1) + r) * row);
      }
      if (course_.biases[at].param != nullptr) {
        stretch(course_.biases[at], numbers, own.db, columns, lane * row);
      }
    }
  }

  void stretch(const Trained& p, const float* numbers, const float* grad, int64_t n,
               int64_t from) const {
    UpdateNumbers k = *reinterpret_cast<const UpdateNumbers*>(numbers);
    if (!p.decays) k.weight_decay = 0.0f;
    update_stretch(course_.kind, k, grad, n, p.param + from,
                   p.first == nullptr ? nullptr : p.first + from,
                   p.second == nullptr ? nullptr : p.second + from);
  }

  ChainCourse course_;
  ChainForward forward_;
  ChainBackward backward_;
};

}  // namespace

std::unique_ptr<Job> chain_course(ChainCourse course, int64_t threads) {
  return std::make_unique<CourseJob>(std::move(course), threads);
}

}  // namespace shoal
