// Batch normalization of a block of rows: its sums and what is made of them.
// Included only by instruction_set.cc, inside its own namespace.

// V columns side by side, or as many of them as there are.
template <int V, bool Tail>
struct ColumnBlock {
  Part<V> part;
  explicit ColumnBlock(int64_t columns) : part(Tail ? columns : V) {}
  Vector<V> load(const float* p) const { return Tail ? part.load(p) : whole(p); }
  void store(float* p, Vector<V> value) const {
    if (Tail) {
      part.store(p, value);
    } else {
      *reinterpret_cast<typename VectorTypes<V>::Unaligned*>(p) = value;
    }
  }
  static Vector<V> zero() { return Vector<V>{}; }

 private:
  static Vector<V> whole(const float* p) {
    return *reinterpret_cast<const typename VectorTypes<V>::Unaligned*>(p);
  }
};

// Calls visit(block, its first column) for all columns, one block after the other.
template <typename Visit>
inline void by_column_blocks(int64_t columns, const Visit& visit) {
  constexpr int V = SHOAL_VECTOR;
  int64_t n = 0;
  for (; n + V <= columns; n += V) visit(ColumnBlock<V, false>(V), n);
#if SHOAL_VECTOR >= 16
  if (n + 8 <= columns) {
    visit(ColumnBlock<8, false>(8), n);
    n += 8;
  }
#endif
  if (n < columns) visit(ColumnBlock<(V < 8 ? V : 8), true>(columns - n), n);
}

// Rows that far apart are added first; then the chains, each to the one half as many further on.
constexpr int kNormChains = 4;

template <typename Value>
inline Value sum_of_chains(Value* chain) {
  chain[0] += chain[2];
  chain[1] += chain[3];
  return chain[0] + chain[1];
}

void column_squares(const float* x, ptrdiff_t row, int64_t rows, int64_t columns,
                    const float* mean, float* sums, float* squares) {
  by_column_blocks(columns, [&](const auto& block, int64_t n) {
    const auto center = block.load(mean + n);
    auto zero = block.zero();
    decltype(zero) sum[kNormChains]{}, square[kNormChains]{};
    const auto add = [&](int64_t r, int i) {
      const auto apart = block.load(x + r * row + n) - center;
      sum[i] += apart;
      square[i] += apart * apart;
    };
    int64_t r = 0;
    for (; r + kNormChains <= rows; r += kNormChains) {
#pragma GCC unroll 4
      for (int i = 0; i < kNormChains; ++i) add(r + i, i);
    }
    for (int i = 0; r + i < rows; ++i) add(r + i, i);
    block.store(sums + n, sum_of_chains(sum));
    block.store(squares + n, sum_of_chains(square));
  });
}

void column_products(const float* x, const float* dy, ptrdiff_t row, int64_t rows,
                     int64_t columns, const float* mean, float* sums, float* products) {
  by_column_blocks(columns, [&](const auto& block, int64_t n) {
    const auto center = block.load(mean + n);
    auto zero = block.zero();
    decltype(zero) sum[kNormChains]{}, product[kNormChains]{};
    const auto add = [&](int64_t r, int i) {
      const auto gradient = block.load(dy + r * row + n);
      sum[i] += gradient;
      product[i] += gradient * (block.load(x + r * row + n) - center);
    };
    int64_t r = 0;
    for (; r + kNormChains <= rows; r += kNormChains) {
#pragma GCC unroll 4
      for (int i = 0; i < kNormChains; ++i) add(r + i, i);
    }
    for (int i = 0; r + i < rows; ++i) add(r + i, i);
    block.store(sums + n, sum_of_chains(sum));
    block.store(products + n, sum_of_chains(product));
  });
}

void normalize(const float* x, ptrdiff_t row, int64_t rows, int64_t columns, const float* mean,
               const float* slope, const float* shift, float* y) {
  by_column_blocks(columns, [&](const auto& block, int64_t n) {
    const auto center = block.load(mean + n), steep = block.load(slope + n),
               level = block.load(shift + n);
    for (int64_t r = 0; r < rows; ++r) {
      const auto apart = block.load(x + r * row + n) - center;
      block.store(y + r * row + n, apart * steep + level);
    }
  });
}

void normalize_grad(const float* x, const float* dy, ptrdiff_t row, int64_t rows, int64_t columns,
                    const float* mean, const float* slope, const float* tilt, const float* level,
                    float* dx) {
  by_column_blocks(columns, [&](const auto& block, int64_t n) {
    const auto center = block.load(mean + n), steep = block.load(slope + n),
               tilted = block.load(tilt + n), even = block.load(level + n);
    for (int64_t r = 0; r < rows; ++r) {
      const auto apart = block.load(x + r * row + n) - center;
      const auto rest = apart * tilted + even;
      block.store(dx + r * row + n, block.load(dy + r * row + n) * steep + rest);
    }
  });
}
