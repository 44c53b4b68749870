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
      step = p.ahead->step;
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

// How the rows of a lie: Group neighbors side by side, then a_row further on; or
// anywhere, and what is there are two images' values.
constexpr int kStrided = 1, kContiguous = 64, kOfPairs = 0;

// rows [row, row + MR) and columns [column, column + NV * V) of the product;
// with Tail (and NV == 1) only the first `tail` columns.
template <int V, int MR, int NV, int Group, bool Tail>
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
    for (int r = 0; r < MR; ++r) sum[r][v] = p.row_init ? broadcast<V>(p.row_init[row + r]) : init;
    if (!p.resume) continue;
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) {
      const float* from = p.c + (row + r) * p.c_row + column + v * V;
      sum[r][v] = Tail ? part.load(from) : load<V>(from);
    }
  }
  Fetch fetch(p);
  const ptrdiff_t a_row = p.a_row, a_term = p.a_term, b_term = p.b_term;
  for (int64_t s = 0; s < p.segment_count; ++s) {
    const Segment& segment = p.segments[s];
    const float* b = p.b + segment.b + column;
    // One pointer for three strided rows: x86 addresses base, base + s and
    // base + 2s for free. The empty asm keeps the compiler from undoing that.
    constexpr bool kApart = Group == kStrided || Group == kOfPairs;
    constexpr int kEach = kApart ? 3 : Group;
    constexpr int kPointers = (MR + kEach - 1) / kEach;
    const float* a[kPointers];
#pragma GCC unroll 8
    for (int g = 0; g < kPointers; ++g) {
      a[g] = p.a + segment.a +
             (Group == kContiguous ? row
                                   : (kApart ? row + 3 * g : row / kEach + g) * a_row);
      if (kPointers > 1) asm("" : "+r"(a[g]));
    }
    for (int64_t k = segment.length; k > 0; --k) {
      Vector<V> right[NV];
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) right[v] = Tail ? part.load(b) : load<V>(b + v * V);
#pragma GCC unroll 16
      for (int r = 0; r < MR; ++r) {
        const float* from = a[r / kEach];
        const float* value = from + (r % kEach) * (kApart ? a_row : 1);
        const Vector<V> left = Group == kOfPairs ? broadcast_pair<V>(value) : broadcast<V>(*value);
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) sum[r][v] += left * right[v];
      }
      fetch.next();
      b += b_term;
#pragma GCC unroll 8
      for (int g = 0; g < kPointers; ++g) {
        a[g] += a_term;
        if (kPointers > 1) asm("" : "+r"(a[g]));
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

// Tiles of 1 … MaxUnits units of rows, for a number known only at run time. A
// unit is a row, or a small group of rows that tiles must not cut.
template <int V, int MaxRows, int NV, int Group, bool Tail>
struct TileTable {
  static constexpr int kUnit = Group == kContiguous || Group == kOfPairs ? 1 : Group;
  static constexpr int kMaxUnits = MaxRows / kUnit;
  TileFunction of[kMaxUnits + 1];
  constexpr TileTable() : of() { fill(std::make_integer_sequence<int, kMaxUnits>()); }
  template <int... Unit>
  constexpr void fill(std::integer_sequence<int, Unit...>) {
    ((of[Unit + 1] = &tile<V, (Unit + 1) * kUnit, NV, Group, Tail>), ...);
  }
};

// All rows of one block of columns, in tiles of nearly equal height.
template <int V, int MaxRows, int NV, int Group, bool Tail>
inline void column_block(const Product& p, int64_t column, int64_t tail) {
  typedef TileTable<V, MaxRows, NV, Group, Tail> Table;
  static constexpr Table kTable;
  const int64_t units = p.rows / Table::kUnit;
  const int64_t tiles = (units + Table::kMaxUnits - 1) / Table::kMaxUnits;
  if (tiles == 0) return;
  const int64_t height = units / tiles, taller = units % tiles;
  int64_t row = 0;
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t rows = height + (t < taller ? 1 : 0);
    kTable.of[rows](p, row, column, tail);
    row += rows * Table::kUnit;
  }
}

// The last block of columns, narrower than a vector, in the narrowest one that
// holds it.
template <int Group>
inline void last_columns(const Product& p, int64_t column, int64_t tail) {
  if (tail == 0) return;
#if SHOAL_VECTOR >= 16
  if (tail > 8) return column_block<16, kTileRows1, 1, Group, true>(p, column, tail);
#endif
#if SHOAL_VECTOR >= 8
  if (tail == 8) return column_block<8, kTileRows1, 1, Group, false>(p, column, 0);
  if (tail > 4) return column_block<8, kTileRows1, 1, Group, true>(p, column, tail);
#endif
  if (tail == 4) return column_block<4, kTileRows1, 1, Group, false>(p, column, 0);
  column_block<4, kTileRows1, 1, Group, true>(p, column, tail);
}

template <int Group>
void product_of(const Product& p) {
  constexpr int V = SHOAL_VECTOR;
  int64_t column = 0;
  if (p.rows <= kTileRows4) {
    for (; column + 4 * V <= p.columns; column += 4 * V) {
      column_block<V, kTileRows4, 4, Group, false>(p, column, 0);
    }
  }
  for (; column + 2 * V <= p.columns; column += 2 * V) {
    column_block<V, kTileRows2, 2, Group, false>(p, column, 0);
  }
  for (; column + V <= p.columns; column += V) {
    column_block<V, kTileRows1, 1, Group, false>(p, column, 0);
  }
  last_columns<Group>(p, column, p.columns - column);
}

// A vector of columns; with groups, neighbors are a pair apart.
void product_of_pairs(const Product& p) {
  constexpr int V = 2 * kHalf;
  if (p.a_group <= 1) return column_block<V, kTileRows1, 1, kOfPairs, false>(p, 0, 0);
  Product group = p;
  group.a_row = 2;
  for (int64_t row = 0; row < p.rows; row += p.a_group) {
    group.rows = p.rows - row < p.a_group ? p.rows - row : p.a_group;
    column_block<V, kTileRows1, 1, kOfPairs, false>(group, 0, 0);
    group.a += p.a_row;
    group.c += p.a_group * p.c_row;
  }
}

// Small groups have tiles of their own where a group alone is too little work
// to fill the processor: 3x3 and 5x5 windows on one channel.
void product(const Product& p) {
  if (p.pairs) return product_of_pairs(p);
  if (p.a_row == 1 || p.a_group >= p.rows) return product_of<kContiguous>(p);
  if (p.a_group <= 1) return product_of<kStrided>(p);
#if SHOAL_VECTOR >= 8
  if (p.a_group == 3 && p.rows % 3 == 0) return product_of<3>(p);
  if (p.a_group == 5 && p.rows % 5 == 0) return product_of<5>(p);
#endif
  Product group = p;
  for (int64_t row = 0; row < p.rows; row += p.a_group) {
    group.rows = p.rows - row < p.a_group ? p.rows - row : p.a_group;
    product_of<kContiguous>(group);
    group.a += p.a_row;
    group.c += p.a_group * p.c_row;
  }
}
