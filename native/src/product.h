// The register tile that every product and convolution is made of.
// Included only by instruction_set.cc, inside its own namespace.

// Accumulators, two factors and a broadcast must fit into the registers.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kTileRows1 = 14, kTileRows2 = 14, kTileRows4 = 6;
#else
constexpr int kTileRows1 = 12, kTileRows2 = 6, kTileRows4 = 2;
#endif

// A cursor over the memory to bring nearer, one cache line a term.
struct Fetch {
  const char* at;
  ptrdiff_t step;
  explicit Fetch(const Product& p) : at(reinterpret_cast<const char*>(p.b)), step(0) {
    if (p.ahead && p.ahead->range < Ahead::kRanges) {
      at = p.ahead->at[p.ahead->range];
      step = 64;
    }
  }
  void next() {
    __builtin_prefetch(at, 0, 2);
    at += step;
  }
  void keep(const Product& p) const {
    if (step == 0) return;
    Ahead& ahead = *p.ahead;
    ahead.at[ahead.range] = at;
    if (at >= ahead.end[ahead.range]) ++ahead.range;
  }
};

typedef void (*TileFunction)(const Product&, int64_t row, int64_t column, int64_t tail);

// rows [row, row + MR) and columns [column, column + NV * V) of the product;
// with Tail (and NV == 1) only the first `tail` columns.
template <int V, int MR, int NV, bool Contiguous, bool Tail>
void tile(const Product& p, int64_t row, int64_t column, int64_t tail) {
  const Part<V> part(Tail ? tail : V);
  Vector<V> sum[MR][NV];
#pragma GCC unroll 4
  for (int v = 0; v < NV; ++v) {
    Vector<V> init{};
    if (p.init) {
      const float* from = p.init + column + v * V;
      init = Tail ? part.load(from) : load<V>(from);
    }
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) sum[r][v] = init;
  }
  Fetch fetch(p);
  const ptrdiff_t a_row = p.a_row, a_term = p.a_term, b_term = p.b_term;
  for (int64_t s = 0; s < p.segment_count; ++s) {
    const Segment& segment = p.segments[s];
    const float* b = p.b + segment.b + column;
    // One pointer for three rows: x86 addresses base, base + s and base + 2s
    // for free. The empty asm keeps the compiler from undoing that.
    constexpr int kGroups = (MR + 2) / 3;
    const float* a[kGroups];
#pragma GCC unroll 8
    for (int g = 0; g < kGroups; ++g) {
      a[g] = p.a + segment.a + (Contiguous ? row : (row + 3 * g) * a_row);
      if (!Contiguous) asm("" : "+r"(a[g]));
    }
    for (int64_t k = segment.length; k > 0; --k) {
      Vector<V> right[NV];
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) right[v] = Tail ? part.load(b) : load<V>(b + v * V);
#pragma GCC unroll 16
      for (int r = 0; r < MR; ++r) {
        const Vector<V> left = broadcast<V>(Contiguous ? a[0][r] : a[r / 3][(r % 3) * a_row]);
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) sum[r][v] += left * right[v];
      }
      fetch.next();
      b += b_term;
#pragma GCC unroll 8
      for (int g = 0; g < (Contiguous ? 1 : kGroups); ++g) {
        a[g] += a_term;
        if (!Contiguous) asm("" : "+r"(a[g]));
      }
    }
  }
  fetch.keep(p);
#pragma GCC unroll 16
  for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) {
      float* c = p.c + (row + r) * p.c_row + column + v * V;
      Vector<V> value = sum[r][v];
      if (p.accumulate) value += Tail ? part.load(c) : load<V>(c);
      if (Tail) {
        part.store(c, value);
      } else {
        store<V>(c, value);
      }
    }
  }
}

// Tiles of 1 … MaxRows rows, for a number of rows known only at run time.
template <int V, int MaxRows, int NV, bool Contiguous, bool Tail>
struct TileTable {
  TileFunction of[MaxRows + 1];
  constexpr TileTable() : of() { fill(std::make_integer_sequence<int, MaxRows>()); }
  template <int... Row>
  constexpr void fill(std::integer_sequence<int, Row...>) {
    ((of[Row + 1] = &tile<V, Row + 1, NV, Contiguous, Tail>), ...);
  }
};

// All rows of one block of columns, in tiles of nearly equal height.
template <int V, int MaxRows, int NV, bool Contiguous, bool Tail>
inline void column_block(const Product& p, int64_t column, int64_t tail) {
  static constexpr TileTable<V, MaxRows, NV, Contiguous, Tail> kTable;
  const int64_t tiles = (p.rows + MaxRows - 1) / MaxRows;
  if (tiles == 0) return;
  const int64_t height = p.rows / tiles, taller = p.rows % tiles;
  int64_t row = 0;
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t rows = height + (t < taller ? 1 : 0);
    kTable.of[rows](p, row, column, tail);
    row += rows;
  }
}

// The last, partial block of columns, in the narrowest vector that holds it.
template <bool Contiguous>
inline void last_columns(const Product& p, int64_t column, int64_t tail) {
  if (tail == 0) return;
#if SHOAL_VECTOR >= 16
  if (tail > 8) {
    column_block<16, kTileRows1, 1, Contiguous, true>(p, column, tail);
    return;
  }
#endif
#if SHOAL_VECTOR >= 8
  if (tail > 4) {
    column_block<8, kTileRows1, 1, Contiguous, true>(p, column, tail);
    return;
  }
#endif
  column_block<4, kTileRows1, 1, Contiguous, true>(p, column, tail);
}

template <bool Contiguous>
void product(const Product& p) {
  constexpr int V = SHOAL_VECTOR;
  int64_t column = 0;
  if (p.rows <= kTileRows4) {
    for (; column + 4 * V <= p.columns; column += 4 * V) {
      column_block<V, kTileRows4, 4, Contiguous, false>(p, column, 0);
    }
  }
  for (; column + 2 * V <= p.columns; column += 2 * V) {
    column_block<V, kTileRows2, 2, Contiguous, false>(p, column, 0);
  }
  for (; column + V <= p.columns; column += V) {
    column_block<V, kTileRows1, 1, Contiguous, false>(p, column, 0);
  }
  last_columns<Contiguous>(p, column, p.columns - column);
}
