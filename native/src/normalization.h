// Batch normalization of a block of rows: its sums and what is made of them, and the rectifier
// and the pooling after it.
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

// What is made of a block's columns: y = (x - mean) * slope + shift.
template <typename Block>
struct NormalizedColumns {
  typedef decltype(Block::zero()) Value;
  const Block& block;
  const Normalized& of;
  const int64_t n;
  const Value center, steep, level;
  NormalizedColumns(const Block& b, const Normalized& o, int64_t first)
      : block(b),
        of(o),
        n(first),
        center(b.load(o.mean + first)),
        steep(b.load(o.slope + first)),
        level(b.load(o.shift + first)) {}
  Value apart(int64_t r) const { return block.load(of.x + r * of.row + n) - center; }
  // What reaches x of the gradient of y, in which the rectifier cut off what is not above 0.
  template <bool Rectified>
  Value gradient(const float* dy, int64_t r, Value from_center) const {
    const Value whole = block.load(dy + r * of.row + n);
    if (!Rectified) return whole;
    return from_center * steep + level > Value{} ? whole : Value{};
  }
};

// max(0, y), of NaN itself.
template <typename Value>
inline Value above_zero(Value y) {
  return y <= Value{} ? Value{} : y;
}

template <bool Rectified>
void normalize_rows(const Normalized& of, float* y) {
  by_column_blocks(of.columns, [&](const auto& block, int64_t n) {
    const NormalizedColumns<std::decay_t<decltype(block)>> columns(block, of, n);
    for (int64_t r = 0; r < of.rows; ++r) {
      const auto value = columns.apart(r) * columns.steep + columns.level;
      block.store(y + r * of.row + n, Rectified ? above_zero(value) : value);
    }
  });
}

template <bool Rectified>
void sum_products(const Normalized& of, const float* dy, float* sums, float* products) {
  by_column_blocks(of.columns, [&](const auto& block, int64_t n) {
    typedef NormalizedColumns<std::decay_t<decltype(block)>> Columns;
    const Columns columns(block, of, n);
    typename Columns::Value sum[kNormChains]{}, product[kNormChains]{};
    const auto add = [&](int64_t r, int i) {
      const auto apart = columns.apart(r);
      const auto gradient = columns.template gradient<Rectified>(dy, r, apart);
      sum[i] += gradient;
      product[i] += gradient * apart;
    };
    int64_t r = 0;
    for (; r + kNormChains <= of.rows; r += kNormChains) {
#pragma GCC unroll 4
      for (int i = 0; i < kNormChains; ++i) add(r + i, i);
    }
    for (int i = 0; r + i < of.rows; ++i) add(r + i, i);
    block.store(sums + n, sum_of_chains(sum));
    block.store(products + n, sum_of_chains(product));
  });
}

template <bool Rectified>
void spread_rows(const Normalized& of, const NormalizedSlopes& by, const float* dy, float* dx) {
  by_column_blocks(of.columns, [&](const auto& block, int64_t n) {
    const NormalizedColumns<std::decay_t<decltype(block)>> columns(block, of, n);
    const auto tilted = block.load(by.tilt + n), even = block.load(by.level + n);
    for (int64_t r = 0; r < of.rows; ++r) {
      const auto apart = columns.apart(r);
      const auto gradient = columns.template gradient<Rectified>(dy, r, apart);
      block.store(dx + r * of.row + n, gradient * columns.steep + (apart * tilted + even));
    }
  });
}

void normalize(const Normalized& of, float* y) {
  return of.rectified ? normalize_rows<true>(of, y) : normalize_rows<false>(of, y);
}

void normalized_sums(const Normalized& of, const float* dy, float* sums, float* products) {
  return of.rectified ? sum_products<true>(of, dy, sums, products)
                      : sum_products<false>(of, dy, sums, products);
}

void normalized_grad(const Normalized& of, const NormalizedSlopes& by, const float* dy,
                     float* dx) {
  return of.rectified ? spread_rows<true>(of, by, dy, dx) : spread_rows<false>(of, by, dy, dx);
}
