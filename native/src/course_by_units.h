// The steps of a lane's course with results that lie unit by unit: what a unit gives for
// the examples of a batch, side by side.
//
// Most batches fill whole vectors, where narrow layers leave much of them idle. A lane's
// weights are kept turned too, in memory of its own, from its first step to its last: all
// that a unit takes is a row. Sum for sum it computes what `CourseByRows` does.
#ifndef SHOAL_COURSE_BY_UNITS_H_
#define SHOAL_COURSE_BY_UNITS_H_

#include <new>
#include <vector>

#include "course_batch.h"
#include "cross_entropy.h"
#include "deep_product.h"
#include "dropout.h"
#include "kernels.h"

namespace shoal {

class CourseByUnits : public ChainLayout {
 public:
  explicit CourseByUnits(const ChainCourse& course)
      : ChainLayout(course.chain), course_(course), row_(whole(chain_.batch)) {}

  // Whether it pays: a batch nearly fills its vectors, and a lane stays in a cache.
  static bool suits(const DenseChain& chain) {
    constexpr int64_t kMostWeights = 48 * 1024;
    int64_t inputs = chain.inputs, weights = 0;
    bool deep = false;
    for (const ChainLayer& layer : chain.layers) {
      weights += inputs * layer.outputs;
      deep = deep || inputs > kDeep;
      inputs = layer.outputs;
    }
    return chain.batch > 0 && 8 * chain.batch >= 7 * whole(chain.batch) && !deep &&
           weights <= kMostWeights;
  }

  // A parameter, what the optimizer remembers of it, and its gradient.
  struct Kept {
    float *param, *first, *second, *grad;
  };

  struct Unit {
    int64_t inputs, outputs;  // in use
    int64_t row;              // floats from one unit's weights to the next: whole vectors
    Kept weight, bias;
    float* y;         // [outputs, examples]
    float* by_rows;   // the same turned, [examples, outputs], for the next layer
    uint32_t* keys;   // of the noise, one an example
  };

  struct Work {
    explicit Work(const CourseByUnits&) {}
    std::vector<Unit> layers;
    std::vector<uint32_t> keys;  // of the noise, one a unit
    float* base;
    float *x, *turns[2], *costs;
  };

  // False when memory ran out.
  bool reserve(Work* work) const {
    work->base = scratch(kOwnSlot, floats());
    try {
      work->layers.resize(chain_.layers.size());
    } catch (const std::bad_alloc&) {
      return false;
    }
    return work->base != nullptr && reserve_words(widest(), &work->keys);
  }

  // Places a lane's memory, and fetches its weights.
  void begin(int64_t lane, Work& work) const {
    float* at = work.base;
    const auto take = [&at](int64_t floats) {
      float* taken = at;
      at += whole(floats);
      return taken;
    };
    work.x = take(used(-1, lane) * row_);
    for (float*& turn : work.turns) turn = take(widest() * row_);
    work.costs = take(row_);
    for (int64_t i = 0; i < depth(); ++i) {
      Unit& own = work.layers[static_cast<size_t>(i)];
      own.inputs = used(i - 1, lane);
      own.outputs = used(i, lane);
      own.row = whole(own.inputs);
      // Zero where rows are longer than what is in use.
      float* cleared = at;
      own.by_rows = take(chain_.batch * whole(own.outputs));
      for (Kept* kept : {&own.weight, &own.bias}) {
        const int64_t size = kept == &own.weight ? own.outputs * own.row : own.outputs;
        *kept = {take(size), take(size), take(size), take(size)};
      }
      fill_zero(cleared, at - cleared);
      own.y = take(own.outputs * row_);
      own.keys = reinterpret_cast<uint32_t*>(take(row_));
      move(i, lane, own, true);
      row_keys(i, lane, own);
    }
  }

  // Brings a lane's weights back.
  void end(int64_t lane, Work& work) const {
    for (int64_t i = 0; i < depth(); ++i) {
      move(i, lane, work.layers[static_cast<size_t>(i)], false);
    }
  }

  // What the examples cost at a lane's step `now`; leaves the gradient of the scores.
  float cost(int64_t lane, int32_t now, const CourseBatch& batch, Work& work) const {
    kernels().transpose(batch.x(), batch.row(), chain_.batch, used(-1, lane), work.x, row_);
    for (int64_t i = 0; i < depth(); ++i) forward(i, lane, now, work);
    const int64_t last = depth() - 1;
    const ClassCosts call = class_costs_of(lane, width(last), course_.smoothing, course_.classes);
    kernels().class_costs_across(call, work.layers[static_cast<size_t>(last)].y, row_,
                                 batch.labels(), batch.weights(), chain_.batch, work.costs,
                                 work.turns[last % 2]);
    double total = 0;
    for (int64_t r = 0; r < chain_.batch; ++r) total += batch.weights()[r] * work.costs[r];
    return static_cast<float>(total);
  }

  // The step that follows from the last cost.
  void descend(int64_t lane, const UpdateNumbers& numbers, const CourseBatch& batch,
               Work& work) const {
    for (int64_t i = depth() - 1; i >= 0; --i) {
      const Unit& own = work.layers[static_cast<size_t>(i)];
      float* grad = work.turns[i % 2];
      if (layer(i).rectified) through_rectifier(i, lane, own, grad);
      kernels().row_sums(grad, row_, own.outputs, chain_.batch, own.bias.grad);
      const Rows from = i == 0 ? Rows{batch.x(), batch.row()}
                               : Rows{work.layers[static_cast<size_t>(i - 1)].by_rows, own.row};
      multiply(grad, row_, 1, from.at, from.row, chain_.batch, own.outputs, whole(own.inputs),
               own.weight.grad, own.row, nullptr);
      if (i > 0) {
        multiply(own.weight.param, 1, own.row, grad, row_, own.outputs, own.inputs, chain_.batch,
                 work.turns[(i - 1) % 2], row_, nullptr);
      }
    }
    for (int64_t i = 0; i < depth(); ++i) {
      const Unit& own = work.layers[static_cast<size_t>(i)];
      const size_t at = static_cast<size_t>(i);
      update(course_.weights[at], own.weight, own.outputs * own.row, numbers);
      if (course_.biases[at].param == nullptr) continue;
      update(course_.biases[at], own.bias, own.outputs, numbers);
    }
  }

 private:
  // More than any lane takes.
  int64_t floats() const {
    int64_t total = (width(-1) + 2 * widest() + 1) * row_;
    for (int64_t i = 0; i < depth(); ++i) {
      const int64_t outputs = whole(width(i));
      total += 4 * (outputs * whole(width(i - 1)) + outputs) + (2 * outputs + 1) * row_;
    }
    return total;
  }

  // The arrays of a layer, turned; those of its bias are as they are.
  void move(int64_t i, int64_t lane, const Unit& own, bool here) const {
    const int64_t inputs = width(i - 1), outputs = width(i);
    const Trained& weight = course_.weights[static_cast<size_t>(i)];
    const Trained& bias = course_.biases[static_cast<size_t>(i)];
    const auto turned = [&](float* there, float* kept) {
      if (there == nullptr) return;
      there += lane * inputs * outputs;
      if (here) {
        kernels().transpose(there, outputs, own.inputs, own.outputs, kept, own.row);
      } else {
        kernels().transpose(kept, own.row, own.outputs, own.inputs, there, outputs);
      }
    };
    const auto straight = [&](float* there, float* kept) {
      if (there == nullptr) return;
      there += lane * outputs;
      std::copy_n(here ? there : kept, own.outputs, here ? kept : there);
    };
    turned(weight.param, own.weight.param);
    turned(weight.first, own.weight.first);
    turned(weight.second, own.weight.second);
    straight(bias.param, own.bias.param);
    straight(bias.first, own.bias.first);
    straight(bias.second, own.bias.second);
  }

  void row_keys(int64_t i, int64_t lane, const Unit& own) const {
    const uint32_t* key = layer(i).key.of(lane);
    if (key == nullptr) return;
    const Noise noise(key);  // an example's do not depend on the second word
    for (int64_t r = 0; r < chain_.batch; ++r) own.keys[r] = noise.row_key(r);
  }

  // c = a b + init, each row of it from one of init.
  static void multiply(const float* a, int64_t a_row, int64_t a_term, const float* b,
                       int64_t b_row, int64_t terms, int64_t rows, int64_t columns, float* c,
                       int64_t c_row, const float* init) {
    const Segment all{0, 0, terms};
    Product product{};
    product.a = a;
    product.a_row = a_row;
    product.a_term = a_term;
    product.b = b;
    product.b_term = b_row;
    product.c = c;
    product.c_row = c_row;
    product.row_init = init;
    product.segments = &all;
    product.segment_count = 1;
    product.rows = rows;
    product.columns = columns;
    kernels().product(product);
  }

  void forward(int64_t i, int64_t lane, int32_t now, Work& work) const {
    const Unit& own = work.layers[static_cast<size_t>(i)];
    const float* x = i == 0 ? work.x : work.layers[static_cast<size_t>(i - 1)].y;
    const bool biased = course_.biases[static_cast<size_t>(i)].param != nullptr;
    multiply(own.weight.param, own.row, 1, x, row_, own.inputs, own.outputs, chain_.batch, own.y,
             row_, biased ? own.bias.param : nullptr);
    if (layer(i).rectified) rectify(i, lane, now, own, work.keys.data());
    if (i + 1 == depth()) return;
    kernels().transpose(own.y, row_, own.outputs, chain_.batch, own.by_rows, whole(own.outputs));
  }

  void rectify(int64_t i, int64_t lane, int32_t now, const Unit& own, uint32_t* keys) const {
    const float* keep = layer(i).keep.of(lane);
    if (keep == nullptr) return kernels().rectify(own.outputs * row_, own.y);
    const uint32_t words[] = {layer(i).key.of(lane)[0], static_cast<uint32_t>(now)};
    Noise(words).column_keys(layer(i).ranks.of(lane), own.outputs, keys);
    for (int64_t u = 0; u < own.outputs; ++u) {
      kernels().rectify_and_drop(keys[u], own.keys, *keep, chain_.batch, own.y + u * row_);
    }
  }

  void through_rectifier(int64_t i, int64_t lane, const Unit& own, float* grad) const {
    const float* keep = layer(i).keep.of(lane);
    const float scale = keep == nullptr ? 1.0f : 1.0f / *keep;
    kernels().rectified_grad(grad, own.y, scale, own.outputs * row_, grad);
  }

  void update(const Trained& p, const Kept& kept, int64_t n, const UpdateNumbers& numbers) const {
    update_stretch(course_.kind, p.decays ? numbers : without_decay(numbers), kept.grad, n,
                   kept.param, kept.first, kept.second);
  }

  const ChainCourse& course_;
  int64_t row_;  // floats from one unit's results to the next: whole vectors
};

}  // namespace shoal

#endif  // SHOAL_COURSE_BY_UNITS_H_
