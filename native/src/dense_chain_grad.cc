#include <utility>

#include "chain_backward.h"

namespace shoal {

std::unique_ptr<Job> chain_backward(DenseChain chain, std::vector<PerLane<const float>> y,
                                    PerLane<const float> dy, ChainGradients gradients,
                                    int64_t threads) {
  return std::make_unique<ChainBackward>(std::move(chain), std::move(y), dy, std::move(gradients),
                                         threads);
}

}  // namespace shoal
