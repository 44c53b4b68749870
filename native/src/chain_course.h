// Some steps of training of networks that are chains of fully connected layers.
#ifndef SHOAL_CHAIN_COURSE_H_
#define SHOAL_CHAIN_COURSE_H_

#include <memory>
#include <vector>

#include "dense_chain.h"
#include "update.h"

namespace shoal {

// Examples, and which of them each step takes; -1 is none.
struct Batches {
  int64_t examples, steps;
  PerLane<const float> x;          // [examples, inputs]
  PerLane<const int32_t> labels;   // [examples]
  PerLane<const float> weights;    // [examples], or none
  PerLane<const int32_t> order;    // [steps, batch]
};

// What a step changes of one parameter: itself, and what the optimizer remembers of it.
struct Trained {
  bool decays;
  float *param, *first, *second;  // [lanes, ...]; null for what there is none of
};

// How a lane's epoch is going; one of each a lane.
struct Progress {
  int32_t *alive, *step, *first_bad_step;
  float *loss_sum, *examples;
};

// The weights and biases of `chain` are those that are trained, and its keys' second word
// is the number of the step. What a step does is what `chain_cost` and `update` do, with
// rows that count as much as their example, over the number of those with a label. A step
// whose cost is not finite is not taken, and ends the lane's training.
struct ChainCourse {
  DenseChain chain;  // without x
  Batches batches;
  PerLane<const float> smoothing, classes;
  UpdateKind kind;
  PerLane<const float> numbers;        // UpdateNumbers, by steps taken before
  std::vector<Trained> weights, biases;  // of each layer
  Progress progress;
};

// A lane at a time, from the first step to the last.
std::unique_ptr<Job> chain_course(ChainCourse course, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_CHAIN_COURSE_H_
