#include <utility>

#include "chain_forward.h"

namespace shoal {

std::unique_ptr<Job> chain_forward(DenseChain chain, std::vector<float*> y, int64_t threads) {
  return std::make_unique<ChainForward>(std::move(chain), std::move(y), threads);
}

}  // namespace shoal
