// The optimizer's step over all parameters of many lanes, in place.
#ifndef SHOAL_UPDATE_H_
#define SHOAL_UPDATE_H_

#include <memory>
#include <vector>

#include "kernels.h"
#include "lanes.h"

namespace shoal {

enum class UpdateKind { kDescend, kMomentum, kNesterov, kAdamW };

// Of one number, in multiply-adds: a root and a quotient cost about as much as ten.
inline int64_t update_cost(UpdateKind kind) { return kind == UpdateKind::kAdamW ? 20 : 5; }

// Floats that a step's numbers are.
constexpr int64_t kNumbers = sizeof(UpdateNumbers) / sizeof(float);

// A gradient that is yet to be computed: of a weight [rows, columns] that of x w, xᵀ dz; of
// a bias [columns], without x, the sums of dz over the batch.
struct GradientFactors {
  int64_t batch;
  PerLane<const float> x;   // [batch, rows], or none
  PerLane<const float> dz;  // [batch, columns]
};

// One parameter of every lane, as [lanes, blocks, rows, columns]. Only the
// first `low` rows and `high` columns of each block are touched: the rest is
// zero and stays so, since its gradients are. A lane with low 0 is left as it is.
struct Parameter {
  int64_t blocks, rows, columns;
  bool decays;
  PerLane<const float> grad;  // or, where there is none of it,
  GradientFactors factors;
  PerLane<const int32_t> low, high;
  float* param;
  float* first;   // momentum's velocity, AdamW's mean
  float* second;  // AdamW's mean square
};

struct Update {
  UpdateKind kind;
  int64_t lanes;
  PerLane<const float> numbers;  // one UpdateNumbers a lane
  std::vector<Parameter> parameters;
};

inline UpdateNumbers without_decay(UpdateNumbers numbers) {
  numbers.weight_decay = 0.0f;
  return numbers;
}

// The step of one stretch of a parameter; `first` and `second` are null where there is
// nothing of the kind.
inline void update_stretch(UpdateKind kind, const UpdateNumbers& k, const float* grad, int64_t n,
                           float* param, float* first, float* second) {
  const Kernels& table = kernels();
  switch (kind) {
    case UpdateKind::kDescend:
      table.descend(k, grad, n, param);
      break;
    case UpdateKind::kMomentum:
    case UpdateKind::kNesterov:
      table.momentum(k, kind == UpdateKind::kNesterov, grad, n, param, first);
      break;
    case UpdateKind::kAdamW:
      table.adamw(k, grad, n, param, first, second);
      break;
  }
}

std::unique_ptr<Job> update(Update call, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_UPDATE_H_
