// The maximum over windows that lie side by side, a row of windows at a time,
// and its gradient from the remembered position of the maximum.
// Included only by instruction_set.cc, inside its own namespace.

// Types of their own, because a compiler may take a vector of dependent size for
// its element while it reads the template that declares it.
template <int V>
struct PositionTypes {
  typedef int32_t Value __attribute__((vector_size(V * 4)));
  typedef uint8_t Bytes __attribute__((vector_size(V * 1)));
};

// Positions of V maxima, one byte each in memory.
template <int V, bool Tail>
struct Positions {
  typedef typename PositionTypes<V>::Value Value;
  typedef typename PositionTypes<V>::Bytes Bytes;
  const int count;
  explicit Positions(int64_t n) : count(static_cast<int>(n)) {}
  Value load(const uint8_t* p) const {
    Bytes bytes{};
    if (Tail) {
      for (int i = 0; i < V; ++i) {
        if (i < count) bytes[i] = p[i];
      }
    } else {
      __builtin_memcpy(&bytes, p, V);
    }
    return __builtin_convertvector(bytes, Value);
  }
  void store(uint8_t* p, Value value) const {
    const Bytes bytes = __builtin_convertvector(value, Bytes);
    if (Tail) {
      for (int i = 0; i < V; ++i) {
        if (i < count) p[i] = bytes[i];
      }
    } else {
      __builtin_memcpy(p, &bytes, V);
    }
  }
};

#if defined(__AVX512BW__) && defined(__AVX512VL__)
template <>
struct Positions<8, false> {
  typedef int32_t Value __attribute__((vector_size(32)));
  explicit Positions(int64_t) {}
  Value load(const uint8_t* p) const {
    int64_t bytes;
    __builtin_memcpy(&bytes, p, 8);
    return reinterpret_cast<Value>(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(bytes)));
  }
  void store(uint8_t* p, Value value) const {
    const int64_t bytes =
        _mm_cvtsi128_si64(_mm256_cvtepi32_epi8(reinterpret_cast<__m256i>(value)));
    __builtin_memcpy(p, &bytes, 8);
  }
};

template <>
struct Positions<8, true> {
  typedef int32_t Value __attribute__((vector_size(32)));
  const __mmask8 mask;
  explicit Positions(int64_t n) : mask(static_cast<__mmask8>((1u << n) - 1)) {}
  Value load(const uint8_t* p) const {
    return reinterpret_cast<Value>(_mm256_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, p)));
  }
  void store(uint8_t* p, Value value) const {
    _mm_mask_storeu_epi8(p, mask, _mm256_cvtepi32_epi8(reinterpret_cast<__m256i>(value)));
  }
};

template <>
struct Positions<16, true> {
  typedef int32_t Value __attribute__((vector_size(64)));
  const __mmask16 mask;
  explicit Positions(int64_t n) : mask(static_cast<__mmask16>((1u << n) - 1)) {}
  Value load(const uint8_t* p) const {
    return reinterpret_cast<Value>(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, p)));
  }
  void store(uint8_t* p, Value value) const {
    _mm_mask_storeu_epi8(p, mask, _mm512_cvtepi32_epi8(reinterpret_cast<__m512i>(value)));
  }
};
#endif

// The larger of two values and its position: the first of equals, and NaN once it has
// appeared. So it does not matter in which order neighbors are compared.
template <typename Value, typename Position>
inline void keep_larger(Value& best, Position& where, Value next, Position position) {
  const auto better = replaces(next, best);
  best = better ? next : best;
  where = better ? position : where;
}

#if defined(__AVX512F__) && defined(__AVX512VL__)
template <>
inline void keep_larger(Vector<16>& best, PositionTypes<16>::Value& where, Vector<16> next,
                        PositionTypes<16>::Value position) {
  const __mmask16 number = _mm512_cmp_ps_mask(best, best, _CMP_ORD_Q);
  const __mmask16 better = _mm512_mask_cmp_ps_mask(number, best, next, _CMP_NGE_UQ);
  best = _mm512_mask_mov_ps(best, better, next);
  where = reinterpret_cast<PositionTypes<16>::Value>(
      _mm512_mask_mov_epi32(reinterpret_cast<__m512i>(where), better,
                            reinterpret_cast<__m512i>(position)));
}
#endif

// Where `where` says so, what the rectifier cuts off: the position after the last.
template <typename Value, typename Position>
inline void rectify(Value& best, Position& where, int32_t last) {
  const auto cut = best <= Value{};  // false for NaN, which must stay visible
  best = cut ? Value{} : best;
  where = cut ? Position{} + last : where;
}

#if defined(__AVX512F__)
template <>
inline void rectify(Vector<16>& best, PositionTypes<16>::Value& where, int32_t last) {
  const __mmask16 cut = _mm512_cmp_ps_mask(best, _mm512_setzero_ps(), _CMP_LE_OQ);
  best = _mm512_mask_mov_ps(best, cut, _mm512_setzero_ps());
  where = reinterpret_cast<PositionTypes<16>::Value>(
      _mm512_mask_mov_epi32(reinterpret_cast<__m512i>(where), cut, _mm512_set1_epi32(last)));
}
#endif

// Where maxima of V filters go, and their positions.
template <int V, bool Tail>
struct Maxima {
  typedef typename Positions<V, Tail>::Value Position;
  const Channels<V, Tail> channels;
  const Positions<V, Tail> positions;
  explicit Maxima(int64_t count) : channels(count), positions(count) {}
  Vector<V> load_at(const float* p) const { return channels.load_at(p); }
  void store_at(float* y, uint8_t* winner, Vector<V> best, Position where) const {
    channels.store_at(y, best);
    positions.store(winner, where);
  }
};

// The same of two images, the second one's `pair` further on.
template <bool Tail>
struct PairMaxima {
  typedef typename Positions<2 * kHalf, false>::Value Position;
  typedef typename Positions<kHalf, Tail>::Value Half;
  const Maxima<kHalf, Tail> each;
  const ptrdiff_t pair;
  PairMaxima(int64_t count, ptrdiff_t apart) : each(count), pair(apart) {}
  Pair load_at(const float* p) const { return load<2 * kHalf>(p); }
  void store_at(float* y, uint8_t* winner, Pair best, Position where) const {
    each.store_at(y, winner, separated<Single, 0>(best), separated<Half, 0>(where));
    each.store_at(y + pair, winner + pair, separated<Single, 1>(best), separated<Half, 1>(where));
  }
};

// The maximum of a window of 2 x 2, the usual one, cut off where that is wanted, to where
// it goes. The two rows are compared side by side.
template <typename To, typename Value>
inline void store_square(const To& to, float* y, uint8_t* winner, Value above, Value right,
                         Value below, Value last, bool rectified) {
  typename To::Position where{}, where_below = typename To::Position{} + 2;
  keep_larger(above, where, right, typename To::Position{} + 1);
  keep_larger(below, where_below, last, typename To::Position{} + 3);
  keep_larger(above, where, below, where_below);
  if (rectified) rectify(above, where, 4);
  to.store_at(y, winner, above, where);
}

struct MaxOfRow {
  const WindowRow& w;
  const float* x;
  float* y;
  uint8_t* winner;

  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    take(c, Maxima<V, Tail>(count));
  }

  template <typename To>
  void take(int64_t c, const To& to) const {
    if (w.window_h == 2 && w.window_w == 2) return take_squares(c, to);
    for (int64_t k = 0; k < w.windows; ++k) {
      const float* from = x + k * w.window_w * w.pixel + c;
      auto best = to.load_at(from);
      typename To::Position where{};
      int32_t position = 0;
      for (int64_t i = 0; i < w.window_h; ++i) {
        for (int64_t j = 0; j < w.window_w; ++j, ++position) {
          if (position == 0) continue;
          keep_larger(best, where, to.load_at(from + i * w.row + j * w.pixel),
                      typename To::Position{} + position);
        }
      }
      if (w.rectified) rectify(best, where, position);
      to.store_at(y + k * w.step + c, winner + k * w.step + c, best, where);
    }
  }

  template <typename To>
  void take_squares(int64_t c, const To& to) const {
    const ptrdiff_t row = w.row, pixel = w.pixel, step = w.step;
    const int64_t windows = w.windows;
    const bool rectified = w.rectified;
    const float* from = x + c;
    float* y_at = y + c;
    uint8_t* winner_at = winner + c;
    for (int64_t k = 0; k < windows; ++k) {
      store_square(to, y_at, winner_at, to.load_at(from), to.load_at(from + pixel),
                   to.load_at(from + row), to.load_at(from + row + pixel), rectified);
      from += 2 * pixel;
      y_at += step;
      winner_at += step;
    }
  }
};

struct SpreadRow {
  const WindowRow& w;
  const float* dy;
  const uint8_t* winner;
  float* dx;
  float* sums;

  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    const Channels<V, Tail> channels(count);
    const Positions<V, Tail> positions(count);
    const int32_t last = static_cast<int32_t>(w.window_h * w.window_w);
    typename Channels<V, Tail>::Value sum{};
    const typename Channels<V, Tail>::Value nothing{};
    for (int64_t k = 0; k < w.windows; ++k) {
      const auto gradient = channels.load_at(dy + k * w.step + c);
      const auto where = positions.load(winner + k * w.step + c);
      sum += where < last ? gradient : nothing;
      float* to = dx + k * w.window_w * w.pixel + c;
      int32_t position = 0;
      for (int64_t i = 0; i < w.window_h; ++i) {
        for (int64_t j = 0; j < w.window_w; ++j, ++position) {
          channels.store_at(to + i * w.row + j * w.pixel,
                            where == position ? gradient : nothing);
        }
      }
    }
    if (sums != nullptr) channels.store_at(sums + c, channels.load_at(sums + c) + sum);
  }
};

void max_of_row(const WindowRow& w, const float* x, float* y, uint8_t* winner) {
  const MaxOfRow row{w, x, y, winner};
  if (w.pairs && w.columns == kHalf) return row.take(0, PairMaxima<false>(kHalf, w.pair));
  if (w.pairs) return row.take(0, PairMaxima<true>(w.columns, w.pair));
  for_channels(w.columns, row);
}

void spread_row(const WindowRow& w, const float* dy, const uint8_t* winner, float* dx,
                float* sums) {
  for_channels(w.columns, SpreadRow{w, dy, winner, dx, sums});
}
