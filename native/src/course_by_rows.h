// The steps of a lane's course with results that lie row by row: an example's units side
// by side, as everywhere else.
#ifndef SHOAL_COURSE_BY_ROWS_H_
#define SHOAL_COURSE_BY_ROWS_H_

#include <utility>
#include <vector>

#include "chain_backward.h"
#include "chain_cost.h"
#include "chain_forward.h"
#include "course_batch.h"
#include "cross_entropy.h"

namespace shoal {

class CourseByRows : public ChainLayout {
 public:
  explicit CourseByRows(const ChainCourse& course)
      : ChainLayout(course.chain), course_(course),
        forward_(chain_, std::vector<float*>(chain_.layers.size(), nullptr), 0),
        backward_(chain_, {}, {}, {}, 0) {}

  struct Work {
    explicit Work(const CourseByRows& way)
        : cost(way.chain_.batch, way.width(way.depth() - 1)), noise() {}
    ChainForward::Work forward;
    ChainBackward::Work backward;
    ScoreCost cost;
    std::vector<uint32_t> noise;  // two words a layer
  };

  // False when memory ran out.
  bool reserve(Work* work) const {
    if (!forward_.reserve(&work->forward) || !backward_.reserve(&work->backward) ||
        !work->cost.reserve(kScoresSlot) || !reserve_words(2 * depth(), &work->noise)) {
      return false;
    }
    work->backward.grads = scratch(kGradSlot, gradient_floats());
    work->forward.noise = work->noise.data();
    work->backward.own = work->forward.own;
    return work->backward.grads != nullptr;
  }

  void begin(int64_t, Work&) const {}
  void end(int64_t, Work&) const {}

  // What the examples cost at a lane's step `now`.
  float cost(int64_t lane, int32_t now, const CourseBatch& batch, Work& work) const {
    for (int64_t i = 0; i < depth(); ++i) {
      const uint32_t* key = layer(i).key.of(lane);
      if (key == nullptr) continue;
      work.noise[static_cast<size_t>(2 * i)] = key[0];
      work.noise[static_cast<size_t>(2 * i + 1)] = static_cast<uint32_t>(now);
    }
    work.forward.x = work.backward.x = {batch.x(), batch.row()};
    forward_.run_lane({lane, lane + 1, 0, 1}, lane, work.forward);
    const int64_t classes = width(depth() - 1);
    const ClassCosts call = class_costs_of(lane, classes, course_.smoothing, course_.classes);
    const float* scores = own_place(depth() - 1, lane, work.forward.own).at;
    return work.cost.cost(call, scores, batch.labels(), batch.weights());
  }

  // The step that follows from the last cost.
  void descend(int64_t lane, const UpdateNumbers& numbers, const CourseBatch&, Work& work) const {
    const int64_t classes = width(depth() - 1);
    backward_.run_lane({lane, lane + 1, 0, 1}, lane, {work.cost.gradient(), classes},
                       work.backward);
    for (int64_t i = 0; i < depth(); ++i) {
      const int64_t row = width(i), columns = whole_vectors(used(i, lane), row);
      const LayerGradients own = own_gradients(i, lane, work.backward.grads);
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

 private:
  void stretch(const Trained& p, const UpdateNumbers& numbers, const float* grad, int64_t n,
               int64_t from) const {
    update_stretch(course_.kind, p.decays ? numbers : without_decay(numbers), grad, n,
                   p.param + from, p.first == nullptr ? nullptr : p.first + from,
                   p.second == nullptr ? nullptr : p.second + from);
  }

  const ChainCourse& course_;
  ChainForward forward_;
  ChainBackward backward_;
};

}  // namespace shoal

#endif  // SHOAL_COURSE_BY_ROWS_H_
