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

#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512BW__)

void locate(const Winners& w, const float* dy, const uint8_t* winner, int64_t n, int32_t first,
            int32_t* at, float* value) {
  const __m512i place = _mm512_loadu_si512(w.place), last = _mm512_set1_epi32(w.places);
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i step = _mm512_mullo_epi32(lane, _mm512_set1_epi32(w.step));
  for (int64_t i = 0; i < n; i += 16) {
    const __mmask16 there =
        n - i >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << (n - i)) - 1);
    const __m512i where = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(there, winner + i));
    const __mmask16 kept = _mm512_mask_cmplt_epi32_mask(there, where, last);
    const __m512i base = _mm512_set1_epi32(first + static_cast<int32_t>(i) * w.step);
    const __m512i to = _mm512_add_epi32(_mm512_permutexvar_epi32(where, place),
                                        _mm512_add_epi32(base, step));
    _mm512_mask_storeu_epi32(at + i, there, to);
    _mm512_mask_storeu_ps(value + i, there, _mm512_maskz_loadu_ps(kept, dy + i));
  }
}

int64_t keep_nonzero(const int32_t* at, const float* value, int64_t n, int32_t* kept_at,
                     float* kept_value) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i += 16) {
    const __mmask16 there =
        n - i >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << (n - i)) - 1);
    const __m512 v = _mm512_maskz_loadu_ps(there, value + i);
    // Unordered: NaN stays.
    const __mmask16 kept = _mm512_mask_cmp_ps_mask(there, v, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    // Compressed in a register: to memory it would be slow on some processors.
    _mm512_storeu_ps(kept_value + count, _mm512_maskz_compress_ps(kept, v));
    _mm512_storeu_si512(
        kept_at + count,
        _mm512_maskz_compress_epi32(kept, _mm512_maskz_loadu_epi32(there, at + i)));
    count += __builtin_popcount(kept);
  }
  return count;
}

#else

void locate(const Winners& w, const float* dy, const uint8_t* winner, int64_t n, int32_t first,
            int32_t* at, float* value) {
  for (int64_t i = 0; i < n; ++i) {
    at[i] = first + static_cast<int32_t>(i) * w.step + w.place[winner[i] & 15];
    value[i] = winner[i] < w.places ? dy[i] : 0.0f;
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
