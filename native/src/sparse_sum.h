// Sums over a few weighted rows, and how those few are found: the gradient under
// max pooling is zero except at each window's winner.
// Included only by instruction_set.cc, inside its own namespace.

// Accumulators of a tile; two factors must fit into the registers beside them.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kSparseSums = 24;
#else
constexpr int kSparseSums = 12;
#endif
constexpr int kSparseRows = 6, kSparseVectors = 8;

typedef void (*SparseTileFunction)(const SparseSum&, int64_t row, int64_t column);

// rows [row, row + R) and columns [column, column + NV * V) of the sums.
template <int R, int NV>
void sparse_tile(const SparseSum& s, int64_t row, int64_t column) {
  constexpr int V = SHOAL_VECTOR;
  Vector<V> sum[R][NV] = {};
  const float* first = s.from + row * s.row + column;
  for (int64_t e = 0; e < s.count; ++e) {
    const float* from = first + s.at[e];
    const Vector<V> value = broadcast<V>(s.value[e]);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < NV; ++v) sum[r][v] += value * load<V>(from + r * s.row + v * V);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) {
      float* to = s.sums + (row + r) * s.sums_row + column + v * V;
      store<V>(to, load<V>(to) + sum[r][v]);
    }
  }
}

// Tiles of 1 … kSparseRows rows and 1 … kSparseVectors vectors, as far as the
// registers go.
struct SparseTiles {
  SparseTileFunction of[kSparseRows + 1][kSparseVectors + 1];
  constexpr SparseTiles() : of() { fill(std::make_integer_sequence<int, kSparseRows>()); }
  template <int... Row>
  constexpr void fill(std::integer_sequence<int, Row...>) {
    (fill_row<Row + 1>(std::make_integer_sequence<int, kSparseVectors>()), ...);
  }
  template <int R, int... Vectors>
  constexpr void fill_row(std::integer_sequence<int, Vectors...>) {
    ((of[R][Vectors + 1] = tile_if_it_fits<R, Vectors + 1>()), ...);
  }
  template <int R, int NV>
  static constexpr SparseTileFunction tile_if_it_fits() {
    if constexpr (R * NV <= kSparseSums) return &sparse_tile<R, NV>;
    return nullptr;
  }
};

void sparse_sum(const SparseSum& s) {
  static constexpr SparseTiles kTiles;
  constexpr int64_t V = SHOAL_VECTOR;
  if (s.count == 0) return;
  const int64_t vectors = (s.columns + V - 1) / V;
  for (int64_t v = 0; v < vectors;) {
    const int64_t wide = vectors - v < kSparseVectors ? vectors - v : kSparseVectors;
    const int64_t fit = kSparseSums / wide, most = fit < kSparseRows ? fit : kSparseRows;
    for (int64_t row = 0; row < s.rows;) {
      const int64_t high = s.rows - row < most ? s.rows - row : most;
      kTiles.of[high][wide](s, row, v * V);
      row += high;
    }
    v += wide;
  }
}

// The tile that does all of it, or null where it takes several.
inline SparseTileFunction only_tile(const SparseSum& s) {
  static constexpr SparseTiles kTiles;
  constexpr int64_t V = SHOAL_VECTOR;
  const int64_t vectors = (s.columns + V - 1) / V;
  if (s.rows > kSparseRows || vectors > kSparseVectors) return nullptr;
  return kTiles.of[s.rows][vectors];
}

#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512BW__)

// Those of up to 16 entries whose value is not 0; returns their number. Compressed in
// registers: to memory it would be slow on some processors. Unordered: NaN stays.
inline int64_t compress(__mmask16 there, __m512i at, __m512 value, int32_t* kept_at,
                        float* kept_value) {
  const __mmask16 kept = _mm512_mask_cmp_ps_mask(there, value, _mm512_setzero_ps(), _CMP_NEQ_UQ);
  _mm512_storeu_ps(kept_value, _mm512_maskz_compress_ps(kept, value));
  _mm512_storeu_si512(kept_at, _mm512_maskz_compress_epi32(kept, at));
  return __builtin_popcount(kept);
}

inline __mmask16 first_of_16(int64_t n) {
  return n >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << n) - 1);
}

// Up to 16 neighboring filters under one window.
struct Located {
  __mmask16 there;
  __m512i at;
  __m512 value;

  Located(const __m512i place, const __m512i last, __m512i base, const float* dy,
          const uint8_t* winner, int64_t n) {
    there = first_of_16(n);
    const __m512i where = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(there, winner));
    const __mmask16 kept = _mm512_mask_cmplt_epi32_mask(there, where, last);
    at = _mm512_add_epi32(_mm512_permutexvar_epi32(where, place), base);
    value = _mm512_maskz_loadu_ps(kept, dy);
  }
};

struct Locator {
  const __m512i place, last, each;
  const int32_t step;
  explicit Locator(const Winners& w)
      : place(_mm512_loadu_si512(w.place)),
        last(_mm512_set1_epi32(w.places)),
        each(_mm512_mullo_epi32(
            _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
            _mm512_set1_epi32(w.step))),
        step(w.step) {}
  // The filters from i on.
  Located find(const WindowGradients& g, int64_t window, int64_t i, int32_t first) const {
    const int64_t from = window * g.step + i;
    const __m512i base = _mm512_set1_epi32(first + static_cast<int32_t>(i) * step);
    return Located(place, last, _mm512_add_epi32(base, each), g.dy + from, g.winner + from,
                   g.filters - i);
  }
};

inline int64_t find_nonzero(const Locator& locator, const WindowGradients& g, int64_t window,
                            int32_t* at, float* value) {
  int64_t count = 0;
  for (int64_t i = 0; i < g.filters; i += 16) {
    const Located found = locator.find(g, window, i, 0);
    count += compress(found.there, found.at, found.value, at + count, value + count);
  }
  return count;
}

void locate(const Winners& w, const WindowGradients& g, int32_t first, int32_t next, int32_t* at,
            float* value, ptrdiff_t row) {
  const Locator locator(w);
  for (int64_t k = 0; k < g.windows; ++k, first += next, at += row, value += row) {
    for (int64_t i = 0; i < g.filters; i += 16) {
      const Located found = locator.find(g, k, i, first);
      _mm512_mask_storeu_epi32(at + i, found.there, found.at);
      _mm512_mask_storeu_ps(value + i, found.there, found.value);
    }
  }
}

int64_t keep_nonzero(const int32_t* at, const float* value, int64_t n, int32_t* kept_at,
                     float* kept_value) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i += 16) {
    const __mmask16 there = first_of_16(n - i);
    count += compress(there, _mm512_maskz_loadu_epi32(there, at + i),
                      _mm512_maskz_loadu_ps(there, value + i), kept_at + count,
                      kept_value + count);
  }
  return count;
}

#else

typedef Winners Locator;

inline void find_one(const Winners& w, const WindowGradients& g, int64_t window, int64_t i,
                     int32_t first, int32_t* at, float* value) {
  const uint8_t winner = g.winner[window * g.step + i];
  *at = first + static_cast<int32_t>(i) * w.step + w.place[winner & 15];
  *value = winner < w.places ? g.dy[window * g.step + i] : 0.0f;
}

inline int64_t find_nonzero(const Winners& w, const WindowGradients& g, int64_t window,
                            int32_t* at, float* value) {
  int64_t count = 0;
  for (int64_t i = 0; i < g.filters; ++i) {
    find_one(w, g, window, i, 0, at + count, value + count);
    count += value[count] == 0.0f ? 0 : 1;
  }
  return count;
}

void locate(const Winners& w, const WindowGradients& g, int32_t first, int32_t next, int32_t* at,
            float* value, ptrdiff_t row) {
  for (int64_t k = 0; k < g.windows; ++k, first += next, at += row, value += row) {
    for (int64_t i = 0; i < g.filters; ++i) find_one(w, g, k, i, first, at + i, value + i);
  }
}

int64_t keep_nonzero(const int32_t* at, const float* value, int64_t n, int32_t* kept_at,
                     float* kept_value) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) {
    kept_at[count] = at[i];
    kept_value[count] = value[i];
    count += value[i] == 0.0f ? 0 : 1;
  }
  return count;
}

#endif

void add_windows(const Winners& w, const WindowGradients& g, SparseSum s, ptrdiff_t next,
                 int32_t* at, float* value) {
  const Locator locator(w);
  const SparseTileFunction tile = only_tile(s);
  s.at = at;
  s.value = value;
  for (int64_t k = 0; k < g.windows; ++k, s.sums += next) {
    s.count = find_nonzero(locator, g, k, at, value);
    if (s.count == 0) continue;
    if (tile != nullptr) {
      tile(s, 0, 0);
    } else {
      sparse_sum(s);
    }
  }
}
