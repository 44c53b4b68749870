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

// Where `where` says so, what the rectifier cuts off: the position after the last.
template <typename Value, typename Position>
inline void rectify(Value& best, Position& where, int32_t last) {
  const auto cut = best <= Value{};  // false for NaN, which must stay visible
  best = cut ? Value{} : best;
  where = cut ? Position{} + last : where;
}

struct MaxOfRow {
  const WindowRow& w;
  const float* x;
  float* y;
  uint8_t* winner;

  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    const Channels<V, Tail> channels(count);
    const Positions<V, Tail> positions(count);
    for (int64_t k = 0; k < w.windows; ++k) {
      const float* from = x + k * w.window_w * w.pixel + c;
      auto best = channels.load_at(from);
      typename Positions<V, Tail>::Value where{};
      int32_t position = 0;
      for (int64_t i = 0; i < w.window_h; ++i) {
        for (int64_t j = 0; j < w.window_w; ++j, ++position) {
          if (position == 0) continue;
          const auto next = channels.load_at(from + i * w.row + j * w.pixel);
          const auto better = replaces(next, best);
          best = better ? next : best;
          where = better ? typename Positions<V, Tail>::Value{} + position : where;
        }
      }
      if (w.rectified) rectify(best, where, position);
      channels.store_at(y + k * w.step + c, best);
      positions.store(winner + k * w.step + c, where);
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
  for_channels(w.columns, MaxOfRow{w, x, y, winner});
}

void spread_row(const WindowRow& w, const float* dy, const uint8_t* winner, float* dx,
                float* sums) {
  for_channels(w.columns, SpreadRow{w, dy, winner, dx, sums});
}
