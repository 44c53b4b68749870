// What all ways through a chain of fully connected layers share.
#ifndef SHOAL_CHAIN_JOB_H_
#define SHOAL_CHAIN_JOB_H_

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "dense_chain.h"
#include "matrix_share.h"

namespace shoal {

// A matrix: where it begins, and floats from row to row.
struct Rows {
  const float* at;
  int64_t row;
};

// The same to be written.
struct Place {
  float* at;
  int64_t row;
};

// Where the gradients of a layer's weights and biases lie, and floats from row to row.
struct LayerGradients {
  float *dw, *db;
  int64_t row;
};

// Memory that a thread keeps for one lane at a time.
enum ChainSlot {
  kKeysSlot,    // of the noise, one a column
  kDeepSlot,    // of products over many terms
  kOwnSlot,     // results that nobody wants
  kTransposedSlot,   // transposed weights
  kEvenSlot,    // two gradients that take turns
  kOddSlot,
  kScoresSlot,  // what the last results cost, and the gradient of that
  kBatchSlot,   // inputs, labels and weights of a batch
  kGradSlot,    // gradients of weights
};

// Widths, and where things lie.
class ChainLayout {
 public:
  explicit ChainLayout(DenseChain chain) : chain_(std::move(chain)) {}

  static int64_t whole(int64_t columns) { return (columns + 15) / 16 * 16; }

 protected:
  const ChainLayer& layer(int64_t i) const { return chain_.layers[static_cast<size_t>(i)]; }
  int64_t depth() const { return static_cast<int64_t>(chain_.layers.size()); }
  int64_t width(int64_t i) const { return i < 0 ? chain_.inputs : layer(i).outputs; }
  // Of the outputs of layer i, or with i < 0 of the inputs, those in use.
  int64_t used(int64_t i, int64_t lane) const {
    return active(i < 0 ? chain_.active : layer(i).active, lane, width(i));
  }
  int64_t widest() const {
    int64_t most = chain_.inputs;
    for (const ChainLayer& each : chain_.layers) most = std::max(most, each.outputs);
    return most;
  }

  // Floats that the results of all layers of one lane take.
  int64_t own_floats() const {
    int64_t total = 0;
    for (const ChainLayer& each : chain_.layers) total += chain_.batch * whole(each.outputs);
    return total;
  }

  // Where the results of layer i are among them: in rows of what is in use, but for
  // the last layer's.
  Place own_place(int64_t i, int64_t lane, float* own) const {
    for (int64_t k = 0; k < i; ++k) own += chain_.batch * whole(width(k));
    return {own, i + 1 == depth() ? width(i) : whole(used(i, lane))};
  }

  // Floats that the gradients of all weights of one lane take.
  int64_t gradient_floats() const {
    int64_t total = 0;
    for (int64_t i = 0; i < depth(); ++i) total += (width(i - 1) + 1) * whole(width(i));
    return total;
  }

  // Where those of layer i are among them, in rows of what is in use.
  LayerGradients own_gradients(int64_t i, int64_t lane, float* own) const {
    for (int64_t k = 0; k < i; ++k) own += (width(k - 1) + 1) * whole(width(k));
    const int64_t row = whole(used(i, lane));
    return {own, own + width(i - 1) * row, row};
  }

  // False when memory ran out.
  static bool reserve_words(int64_t count, std::vector<uint32_t>* words) {
    try {
      words->resize(static_cast<size_t>(count));
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  // In multiply-adds, with so many products a layer.
  int64_t lane_cost(int64_t lane, int64_t products) const {
    int64_t cost = 0;
    for (int64_t i = 0; i < depth(); ++i) {
      // Hashing an element costs about as much as ten multiply-adds.
      const int64_t each = products * used(i - 1, lane) + (layer(i).keep.count > 0 ? 12 : 2);
      cost += chain_.batch * used(i, lane) * each + width(i);
    }
    return cost;
  }

  DenseChain chain_;
};

class ChainJob : public Job, protected ChainLayout {
 protected:
  explicit ChainJob(DenseChain chain) : ChainLayout(std::move(chain)) {}

  // `products` a layer; only a layer alone is shared by several threads.
  void cut(int64_t products, int64_t threads, bool shared) {
    std::vector<int64_t> costs;
    for (int64_t lane = 0; lane < chain_.lanes; ++lane) costs.push_back(lane_cost(lane, products));
    const int64_t rows = products == 1 ? chain_.batch : chain_.inputs;
    chunks = cut_evenly(costs, shared && depth() == 1 ? most_shares(rows, width(0)) : 1, threads);
  }
};

}  // namespace shoal

#endif  // SHOAL_CHAIN_JOB_H_
