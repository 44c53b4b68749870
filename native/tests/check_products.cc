#include "random_shapes.h"

#include <algorithm>

#include "dense.h"
#include "pool.h"

namespace check {

void dense() {
  const bool deep = pick(0, 19) == 0;  // so many terms that they are summed in blocks
  const int64_t L = pick(1, deep ? 2 : 5), B = pick(0, deep ? 20 : 70);
  const int64_t K = deep ? pick(1000, 1400) : pick(0, 70), N = pick(0, deep ? 300 : 70);
  const int64_t threads = pick(1, 8);
  const Bounds low = bounds(L, K), high = bounds(L, N);
  const shoal::DenseShape shape{L, B, K, N, low.per_lane(), high.per_lane()};
  const Operand x(L, B * K), w(L, K * N), b(L, N), dy(L, B * N);
  auto y = unwritten(L * B * N), dx = unwritten(L * B * K), dw = unwritten(L * K * N),
       db = unwritten(L * N);
  run(*shoal::dense_forward(shape, x.per_lane(), w.per_lane(), b.per_lane(), y.data(), threads));
  run(*shoal::dense_input_grad(shape, dy.per_lane(), w.per_lane(), dx.data(), threads));
  run(*shoal::dense_weight_grad(shape, x.per_lane(), dy.per_lane(), dw.data(), db.data(),
                                threads));
  std::vector<double> y2(y.size()), dx2(dx.size()), dw2(dw.size()), db2(db.size());
  for (int64_t l = 0; l < L; ++l) {
    for (int64_t n = 0; n < high.of(l, N); ++n) {
      for (int64_t r = 0; r < B; ++r) {
        const size_t out = static_cast<size_t>((l * B + r) * N + n);
        const double gradient = dy.at(l, r * N + n);
        y2[out] += b.at(l, n);
        db2[static_cast<size_t>(l * N + n)] += gradient;
        for (int64_t k = 0; k < low.of(l, K); ++k) {
          y2[out] += x.at(l, r * K + k) * w.at(l, k * N + n);
          dx2[static_cast<size_t>((l * B + r) * K + k)] += gradient * w.at(l, k * N + n);
          dw2[static_cast<size_t>((l * K + k) * N + n)] += gradient * x.at(l, r * K + k);
        }
      }
    }
  }
  compare("dense y", y, y2);
  compare("dense dx", dx, dx2);
  compare("dense dw", dw, dw2);
  compare("dense db", db, db2);
}

void rows() {
  const int64_t count = pick(0, 20), bytes = pick(0, 33), rows = pick(0, 40);
  std::vector<char> data(static_cast<size_t>(count * bytes));
  for (char& byte : data) byte = static_cast<char>(pick(-128, 127));
  std::vector<int32_t> index(static_cast<size_t>(rows));
  for (int32_t& i : index) i = static_cast<int32_t>(pick(-5, count + 5));
  std::vector<char> result(static_cast<size_t>(rows * bytes));
  run(*shoal::take_rows(data.data(), count, bytes, index.data(), rows, result.data(), 2));
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t from = std::max<int64_t>(0, std::min<int64_t>(index[r], count - 1));
    for (int64_t i = 0; i < bytes; ++i) {
      const char wanted = count == 0 ? 0 : data[static_cast<size_t>(from * bytes + i)];
      if (result[static_cast<size_t>(r * bytes + i)] != wanted) {
        std::fprintf(stderr, "take_rows[%lld]\n", static_cast<long long>(r));
        std::exit(1);
      }
    }
  }
}

}  // namespace check
