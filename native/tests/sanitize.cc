// Every kernel over random shapes against plain loops in double precision,
// meant to be run under the address and undefined-behavior sanitizers: all
// buffers are exactly as large as they must be, on the heap.
//
// Usage: shoal_sanitize [seed [rounds]]
#include "kernels.h"
#include "random_shapes.h"

int main(int argc, char** argv) {
  const int seed = argc > 1 ? std::atoi(argv[1]) : 0;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 200;
  check::generator.seed(static_cast<unsigned>(seed));
  for (int i = 0; i < rounds; ++i) {
    check::dense();
    check::dense_chain();
    check::convolution();
    check::convolution_under_windows();
    check::pooling();
    check::rows();
    check::lane_copies();
    check::resampling();
    check::dropout();
    check::batch_norm();
    check::update();
    check::cross_entropy();
    check::chain_course();
  }
  std::printf("%d rounds of every kernel on %s: no fault\n", rounds, shoal::kernels().name);
  return 0;
}
