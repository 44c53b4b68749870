// Pooling of one image, vectors along the channels.
// Included only by instruction_set.cc, inside its own namespace.

// The part of a window that lies inside the image.
struct Window {
  int64_t top, bottom, left, right;
};

inline Window window_at(const Pooling& p, int64_t out_row, int64_t out_column) {
  const int64_t top = out_row * p.stride_h - p.pad_h;
  const int64_t left = out_column * p.stride_w - p.pad_w;
  const int64_t bottom = top + p.window_h, right = left + p.window_w;
  return {top < 0 ? 0 : top, bottom > p.height ? p.height : bottom, left < 0 ? 0 : left,
          right > p.width ? p.width : right};
}

// Vectors of V channels, and a partial one for what is left.
template <int V, bool Tail>
struct Channels {
  typedef Vector<V> Value;
  const Part<V> part;
  explicit Channels(int64_t count) : part(Tail ? count : V) {}
  Value load_at(const float* p) const { return Tail ? part.load(p) : load<V>(p); }
  void store_at(float* p, Value value) const {
    if (Tail) {
      part.store(p, value);
    } else {
      store<V>(p, value);
    }
  }
};

// Calls body.run<V, Tail>(first channel, count) for all channels, in vectors as
// wide as they come.
template <typename Body>
inline void for_channels(int64_t channels, const Body& body) {
  constexpr int V = SHOAL_VECTOR;
  int64_t c = 0;
  for (; c + V <= channels; c += V) body.template run<V, false>(c, V);
  const int64_t tail = channels - c;
  if (tail == 0) return;
#if SHOAL_VECTOR >= 16
  if (tail > 8) return body.template run<16, true>(c, tail);
#endif
#if SHOAL_VECTOR >= 8
  if (tail == 8) return body.template run<8, false>(c, tail);
  if (tail > 4) return body.template run<8, true>(c, tail);
#endif
  if (tail == 4) return body.template run<4, false>(c, tail);
  body.template run<4, true>(c, tail);
}

// Keeps the first of equals, and NaN once it has appeared.
template <typename Value>
inline auto replaces(Value next, Value best) {
  return ~((best >= next) | (best != best));
}

struct MaxForward {
  template <typename C>
  static void run(const C& channels, const Pooling& p, const Window& w, const float* x,
                  const float*, float* y) {
    typename C::Value best = typename C::Value{} - __builtin_inff();
    for (int64_t i = w.top; i < w.bottom; ++i) {
      for (int64_t j = w.left; j < w.right; ++j) {
        const auto next = channels.load_at(x + (i * p.width + j) * p.channels);
        best = replaces(next, best) ? next : best;
      }
    }
    channels.store_at(y, best);
  }
};

// Alone: no two windows see one place, so there is nothing to add to.
template <bool Alone>
struct MaxBackward {
  template <typename C>
  static void run(const C& channels, const Pooling& p, const Window& w, const float* x,
                  const float* dy, float* dx) {
    typename C::Value best = typename C::Value{} - __builtin_inff();
    auto where = best < best;  // all zero: no position yet
    auto position = where;
    for (int64_t i = w.top; i < w.bottom; ++i) {
      for (int64_t j = w.left; j < w.right; ++j) {
        const auto next = channels.load_at(x + (i * p.width + j) * p.channels);
        const auto better = replaces(next, best);
        position += 1;
        best = better ? next : best;
        where = better ? position : where;
      }
    }
    const auto gradient = channels.load_at(dy);
    position = position ^ position;
    for (int64_t i = w.top; i < w.bottom; ++i) {
      for (int64_t j = w.left; j < w.right; ++j) {
        float* to = dx + (i * p.width + j) * p.channels;
        position += 1;
        const typename C::Value nothing{};
        const auto share = where == position ? gradient : nothing;
        channels.store_at(to, Alone ? share : channels.load_at(to) + share);
      }
    }
  }
};

inline float inverse_count(const Window& w) {
  const int64_t rows = w.bottom - w.top, columns = w.right - w.left;
  return rows > 0 && columns > 0 ? 1.0f / static_cast<float>(rows * columns) : 0.0f;
}

struct AvgForward {
  template <typename C>
  static void run(const C& channels, const Pooling& p, const Window& w, const float* x,
                  const float*, float* y) {
    typename C::Value sum{};
    for (int64_t i = w.top; i < w.bottom; ++i) {
      for (int64_t j = w.left; j < w.right; ++j) {
        sum += channels.load_at(x + (i * p.width + j) * p.channels);
      }
    }
    channels.store_at(y, sum * inverse_count(w));
  }
};

template <bool Alone>
struct AvgBackward {
  template <typename C>
  static void run(const C& channels, const Pooling& p, const Window& w, const float*,
                  const float* dy, float* dx) {
    const auto share = channels.load_at(dy) * inverse_count(w);
    for (int64_t i = w.top; i < w.bottom; ++i) {
      for (int64_t j = w.left; j < w.right; ++j) {
        float* to = dx + (i * p.width + j) * p.channels;
        channels.store_at(to, Alone ? share : channels.load_at(to) + share);
      }
    }
  }
};

// Whether windows lie side by side, so that no two see one place.
inline bool side_by_side(const Pooling& p) {
  return p.stride_h >= p.window_h && p.stride_w >= p.window_w;
}

// Whether every place lies in exactly one window.
inline bool tiled(const Pooling& p) {
  return p.stride_h == p.window_h && p.stride_w == p.window_w && p.pad_h == 0 && p.pad_w == 0 &&
         p.out_h * p.stride_h == p.height && p.out_w * p.stride_w == p.width;
}

// `in` is read at the window, `small` at the output position; `out` is an
// image for a gradient and the output position otherwise.
template <typename Operation, bool Gradient, int V, bool Tail>
void pool_channels(const Pooling& p, int64_t c, int64_t count, const float* in,
                   const float* small, float* out) {
  const Channels<V, Tail> channels(count);
  for (int64_t i = 0; i < p.out_h; ++i) {
    for (int64_t j = 0; j < p.out_w; ++j) {
      const int64_t at = (i * p.out_w + j) * p.channels + c;
      Operation::run(channels, p, window_at(p, i, j), in ? in + c : nullptr,
                     small ? small + at : nullptr, Gradient ? out + c : out + at);
    }
  }
}

template <typename Operation, bool Gradient>
struct AnyWindows {
  const Pooling& p;
  const float* in;
  const float* small;
  float* out;
  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    pool_channels<Operation, Gradient, V, Tail>(p, c, count, in, small, out);
  }
};

template <typename Operation, bool Gradient>
void pool_image(const Pooling& p, const float* in, const float* small, float* out) {
  if (Gradient && !tiled(p)) {
    for (int64_t k = 0; k < p.height * p.width * p.channels; ++k) out[k] = 0.0f;
  }
  for_channels(p.channels, AnyWindows<Operation, Gradient>{p, in, small, out});
}
