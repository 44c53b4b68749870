// Fully connected layers one after another, each with what follows its product:
// a rectifier, and dropout after that.
#ifndef SHOAL_DENSE_CHAIN_H_
#define SHOAL_DENSE_CHAIN_H_

#include <memory>
#include <vector>

#include "lanes.h"

namespace shoal {

// y = x w + bias; if rectified, y = max(0, x w + bias); if there is a `keep`, of
// that the units that dropout keeps (see dropout.h), divided by their share.
struct ChainLayer {
  int64_t outputs;
  bool rectified;  // always, where there is dropout
  PerLane<const float> weight, bias;
  PerLane<const int32_t> active;  // outputs in use
  PerLane<const float> keep;      // one a lane
  PerLane<const uint32_t> key;    // two a lane
  PerLane<const int32_t> ranks;   // one an output
};

struct DenseChain {
  int64_t lanes, batch, inputs;
  PerLane<const int32_t> active;  // inputs in use
  PerLane<const float> x;
  std::vector<ChainLayer> layers;
};

// Several layers are computed lane by lane, so that a lane stays in the caches
// of one processor; one layer alone may be shared by several threads.
//
// y: for each layer its results [lanes, batch, outputs], of all but the last null if
// nobody wants them. Only the last layer's are zero beyond the outputs in use; what
// the others hold there is never read.
std::unique_ptr<Job> chain_forward(DenseChain chain, std::vector<float*> y, int64_t threads);

// What is null is not computed; dw and db are either all there or none. dz: [lanes, batch,
// outputs], the gradient of the product of a layer that is alone.
struct ChainGradients {
  float *dx = nullptr, *dz = nullptr;
  std::vector<float*> dw, db;
};

// The gradients, from the results y and the gradient dy of the last of them. y
// is needed where a layer is rectified, and of all layers but the last.
std::unique_ptr<Job> chain_backward(DenseChain chain, std::vector<PerLane<const float>> y,
                                    PerLane<const float> dy, ChainGradients gradients,
                                    int64_t threads);

// What the last results cost as scores of classes; see cross_entropy.h.
struct RowCosts {
  PerLane<const int32_t> labels;   // one a row
  PerLane<const float> rows;       // how much each row's cost counts
  PerLane<const float> smoothing;  // one a lane, or none
  PerLane<const float> classes;    // weights, one a class, or none
};

// cost: [lanes], the sum of the rows' costs, each times how much it counts; and the
// gradients of that. Lane by lane.
std::unique_ptr<Job> chain_cost(DenseChain chain, RowCosts costs, float* cost,
                                ChainGradients gradients, int64_t threads);

}  // namespace shoal

#endif  // SHOAL_DENSE_CHAIN_H_
