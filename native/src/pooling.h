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
        channels.store_at(to, channels.load_at(to) + (where == position ? gradient : nothing));
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

struct AvgBackward {
  template <typename C>
  static void run(const C& channels, const Pooling& p, const Window& w, const float*,
                  const float* dy, float* dx) {
    const auto share = channels.load_at(dy) * inverse_count(w);
    for (int64_t i = w.top; i < w.bottom; ++i) {
      for (int64_t j = w.left; j < w.right; ++j) {
        float* to = dx + (i * p.width + j) * p.channels;
        channels.store_at(to, channels.load_at(to) + share);
      }
    }
  }
};

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
void pool_image(const Pooling& p, const float* in, const float* small, float* out) {
  constexpr int V = SHOAL_VECTOR;
  if (Gradient) {
    for (int64_t k = 0; k < p.height * p.width * p.channels; ++k) out[k] = 0.0f;
  }
  int64_t c = 0;
  for (; c + V <= p.channels; c += V) {
    pool_channels<Operation, Gradient, V, false>(p, c, V, in, small, out);
  }
  const int64_t tail = p.channels - c;
  if (tail == 0) return;
#if SHOAL_VECTOR >= 16
  if (tail > 8) return pool_channels<Operation, Gradient, 16, true>(p, c, tail, in, small, out);
#endif
#if SHOAL_VECTOR >= 8
  if (tail > 4) return pool_channels<Operation, Gradient, 8, true>(p, c, tail, in, small, out);
#endif
  pool_channels<Operation, Gradient, 4, true>(p, c, tail, in, small, out);
}

void max_pool(const Pooling& p, const float* x, float* y) {
  pool_image<MaxForward, false>(p, x, nullptr, y);
}

void max_pool_grad(const Pooling& p, const float* x, const float* dy, float* dx) {
  pool_image<MaxBackward, true>(p, x, dy, dx);
}

void avg_pool(const Pooling& p, const float* x, float* y) {
  pool_image<AvgForward, false>(p, x, nullptr, y);
}

void avg_pool_grad(const Pooling& p, const float* dy, float* dx) {
  pool_image<AvgBackward, true>(p, nullptr, dy, dx);
}
