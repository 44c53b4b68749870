// Sums over the rows of a matrix, and along them: the gradient of a bias.
// Included only by instruction_set.cc, inside its own namespace.

// Terms that far apart are added first, in chains side by side; then the chains, each
// to the one half as many further on.
constexpr int kChains = 16;

template <int V, bool Tail>
inline void column_sum_block(const float* in, ptrdiff_t in_row, int64_t rows, int64_t tail,
                             float* sums, bool accumulate) {
  const Part<V> part(Tail ? tail : V);
  const auto at = [&](int64_t r) {
    return Tail ? part.load(in + r * in_row) : load<V>(in + r * in_row);
  };
  Vector<V> chain[kChains]{};
  int64_t r = 0;
  for (; r + kChains <= rows; r += kChains) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) chain[i] += at(r + i);
  }
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) {
    if (r + i < rows) chain[i] += at(r + i);
  }
#pragma GCC unroll 4
  for (int half = kChains / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) chain[i] += chain[i + half];
  }
  Vector<V> sum = chain[0];
  if (Tail) {
    if (accumulate) sum += part.load(sums);
    part.store(sums, sum);
  } else {
    if (accumulate) sum += load<V>(sums);
    store<V>(sums, sum);
  }
}

void column_sums(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns, float* sums,
                 bool accumulate) {
  constexpr int V = SHOAL_VECTOR;
  int64_t n = 0;
  for (; n + V <= columns; n += V) {
    column_sum_block<V, false>(in + n, in_row, rows, 0, sums + n, accumulate);
  }
#if SHOAL_VECTOR >= 16
  if (n + 8 <= columns) {
    column_sum_block<8, false>(in + n, in_row, rows, 0, sums + n, accumulate);
    n += 8;
  }
#endif
  if (n < columns) {
    constexpr int kLast = V < 8 ? V : 8;
    column_sum_block<kLast, true>(in + n, in_row, rows, columns - n, sums + n, accumulate);
  }
}

// The chains of one row, of which V remain, one in each element.
template <int V>
inline Vector<V> row_chains(const float* in, int64_t columns) {
  constexpr int kVectors = kChains / V;
  Vector<V> chain[kVectors]{};
  for (int64_t n = 0; n < columns; n += kChains) {
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) {
      const int64_t left = columns - n - i * V;
      if (left >= V) {
        chain[i] += load<V>(in + n + i * V);
      } else if (left > 0) {
        chain[i] += Part<V>(left).load(in + n + i * V);
      }
    }
  }
#pragma GCC unroll 2
  for (int half = kVectors / 2; half > 0; half /= 2) {
#pragma GCC unroll 2
    for (int i = 0; i < half; ++i) chain[i] += chain[i + half];
  }
  return chain[0];
}

void row_sums(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns, float* sums) {
  constexpr int V = SHOAL_VECTOR;
  alignas(64) float chains[V * V], turned[V * V];
  for (int64_t r = 0; r < rows; r += V) {
    const int64_t count = rows - r < V ? rows - r : V;
    for (int64_t i = 0; i < count; ++i) {
      store<V>(chains + i * V, row_chains<V>(in + (r + i) * in_row, columns));
    }
    transpose(chains, V, count, V, turned, V);
    for (int half = V / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) {
        store<V>(turned + i * V, load<V>(turned + i * V) + load<V>(turned + (i + half) * V));
      }
    }
    Part<V>(count).store(sums + r, load<V>(turned));
  }
}
