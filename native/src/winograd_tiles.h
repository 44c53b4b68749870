// The three transforms of Winograd's convolution F(2x2, 3x3): tiles of 4 x 4 numbers that
// overlap by two, windows of 3 x 3, and sums of 4 x 4 as 2 x 2 outputs.
// Included only by instruction_set.cc, inside its own namespace.

template <int V>
struct Quarter {
  Vector<V> of[4];
};

template <int V>
inline Quarter<V> tile_line(Vector<V> a, Vector<V> b, Vector<V> c, Vector<V> d) {
  return {{a - c, b + c, c - b, b - d}};
}

// A vector of channels of one tile.
template <int V, bool Tail>
inline void tile_vector(const Part<V>& part, const float* from, ptrdiff_t row, ptrdiff_t pixel,
                        float* to, ptrdiff_t plane) {
  Quarter<V> down[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    Vector<V> at[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const float* p = from + i * row + j * pixel;
      at[i] = Tail ? part.load(p) : load<V>(p);
    }
    down[j] = tile_line<V>(at[0], at[1], at[2], at[3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const Quarter<V> line =
        tile_line<V>(down[0].of[i], down[1].of[i], down[2].of[i], down[3].of[i]);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j, to += plane) {
      if (Tail) {
        part.store(to, line.of[j]);
      } else {
        store<V>(to, line.of[j]);
      }
    }
  }
}

void winograd_input(const float* from, ptrdiff_t row, int64_t channels, int64_t tiles, float* to,
                    ptrdiff_t plane) {
  constexpr int64_t V = SHOAL_VECTOR;
  for (int64_t t = 0; t < tiles; ++t, from += 2 * channels, to += channels) {
    const Part<V> part(channels % V);
    int64_t c = 0;
    for (; c + V <= channels; c += V) {
      tile_vector<V, false>(part, from + c, row, channels, to + c, plane);
    }
    if (c < channels) tile_vector<V, true>(part, from + c, row, channels, to + c, plane);
  }
}

void winograd_weights(const float* from, int64_t n, float* to) {
  for (int64_t c = 0; c < n; c += 4, from += 4, to += 4) {
    Vector<4> down[3][4];
    for (int j = 0; j < 3; ++j) {
      const Vector<4> a = load<4>(from + j * n), b = load<4>(from + (3 + j) * n),
                      d = load<4>(from + (6 + j) * n);
      down[j][0] = a;
      down[j][1] = 0.5f * (a + b + d);
      down[j][2] = 0.5f * (a - b + d);
      down[j][3] = d;
    }
    for (int i = 0; i < 4; ++i) {
      const Vector<4> a = down[0][i], b = down[1][i], d = down[2][i];
      float* line = to + 4 * i * n;
      store<4>(line, a);
      store<4>(line + n, 0.5f * (a + b + d));
      store<4>(line + 2 * n, 0.5f * (a - b + d));
      store<4>(line + 3 * n, d);
    }
  }
}

// A vector of filters of one tile's outputs; those that do not exist have no place.
template <int V, bool Tail>
inline void output_vector(const Part<V>& part, const float* from, ptrdiff_t plane, Vector<V> init,
                          float* const* to, int64_t at) {
  Vector<V> upper[4], lower[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    Vector<V> sum[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const float* p = from + (4 * i + j) * plane;
      sum[i] = Tail ? part.load(p) : load<V>(p);
    }
    upper[j] = sum[0] + sum[1] + sum[2];
    lower[j] = sum[1] - sum[2] - sum[3];
  }
  const Vector<V> value[4] = {upper[0] + upper[1] + upper[2] + init,
                              upper[1] - upper[2] - upper[3] + init,
                              lower[0] + lower[1] + lower[2] + init,
                              lower[1] - lower[2] - lower[3] + init};
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    if (to[k] == nullptr) continue;
    if (Tail) {
      part.store(to[k] + at, value[k]);
    } else {
      store<V>(to[k] + at, value[k]);
    }
  }
}

void winograd_output(const float* from, ptrdiff_t plane, ptrdiff_t from_row, const float* init,
                     int64_t filters, int64_t width, float* upper, float* lower,
                     ptrdiff_t pixel) {
  constexpr int64_t V = SHOAL_VECTOR;
  const Part<V> part(filters % V);
  for (int64_t p = 0; p < width; p += 2, from += from_row) {
    float* const top = upper + p * pixel;
    float* const low = lower == nullptr ? nullptr : lower + p * pixel;
    const bool second = p + 1 < width;
    float* const to[4] = {top, second ? top + pixel : nullptr, low,
                          second && low != nullptr ? low + pixel : nullptr};
    int64_t n = 0;
    for (; n + V <= filters; n += V) {
      const Vector<V> first = init == nullptr ? Vector<V>{} : load<V>(init + n);
      output_vector<V, false>(part, from + n, plane, first, to, n);
    }
    if (n == filters) continue;
    const Vector<V> first = init == nullptr ? Vector<V>{} : part.load(init + n);
    output_vector<V, true>(part, from + n, plane, first, to, n);
  }
}
