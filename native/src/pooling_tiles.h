// The maximum over windows that tile the image, and the pooling functions of
// the table. Included only by instruction_set.cc, inside its own namespace.

// Windows side by side that hang over no border, the usual case: every input
// belongs to one window, so that gradients are written once. The size of the
// window is known to the compiler, or 0.
inline bool tiles_the_image(const Pooling& p) {
  return p.pad_h == 0 && p.pad_w == 0 && p.stride_h == p.window_h && p.stride_w == p.window_w &&
         p.out_h * p.window_h <= p.height && p.out_w * p.window_w <= p.width;
}

template <int Side, typename C>
inline void max_of_tile(const C& channels, const Pooling& p, const float* x, float* y) {
  const int64_t rows = Side ? Side : p.window_h, columns = Side ? Side : p.window_w;
  typename C::Value best = channels.load_at(x);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      const auto next = channels.load_at(x + (i * p.width + j) * p.channels);
      best = replaces(next, best) ? next : best;
    }
  }
  channels.store_at(y, best);
}

// The maximum is known from the forward pass in principle, but reading it
// costs what finding it again does.
template <int Side, typename C>
inline void spread_to_tile(const C& channels, const Pooling& p, const float* x, const float* dy,
                           float* dx) {
  const int64_t rows = Side ? Side : p.window_h, columns = Side ? Side : p.window_w;
  typename C::Value best = channels.load_at(x);
  auto where = best < best;  // all zero: the first position
  auto position = where;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      const auto next = channels.load_at(x + (i * p.width + j) * p.channels);
      const auto better = replaces(next, best);
      best = better ? next : best;
      where = better ? position : where;
      position += 1;
    }
  }
  const auto gradient = channels.load_at(dy);
  position = position ^ position;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      const typename C::Value nothing{};
      channels.store_at(dx + (i * p.width + j) * p.channels,
                        where == position ? gradient : nothing);
      position += 1;
    }
  }
}

template <bool Gradient, int Side, int V, bool Tail>
inline void max_over_tiles(const Pooling& p, int64_t count, const float* x, const float* dy,
                           float* out) {
  const Channels<V, Tail> channels(count);
  for (int64_t i = 0; i < p.out_h; ++i) {
    for (int64_t j = 0; j < p.out_w; ++j) {
      const int64_t large = (i * p.window_h * p.width + j * p.window_w) * p.channels;
      const int64_t small = (i * p.out_w + j) * p.channels;
      if (Gradient) {
        spread_to_tile<Side>(channels, p, x + large, dy + small, out + large);
      } else {
        max_of_tile<Side>(channels, p, x + large, out + small);
      }
    }
  }
}

// What no window covers, on the right and below.
inline void zero_rest(const Pooling& p, float* dx) {
  const int64_t busy = p.out_w * p.window_w * p.channels, row = p.width * p.channels;
  const int64_t busy_rows = p.out_h * p.window_h;
  for (int64_t i = 0; i < p.height; ++i) {
    for (int64_t k = i < busy_rows ? busy : 0; k < row; ++k) dx[i * row + k] = 0.0f;
  }
}

template <bool Gradient>
struct Tiles {
  const Pooling& p;
  const float* x;
  const float* dy;
  float* out;
  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    const float* gradient = Gradient ? dy + c : nullptr;
    if (p.window_h == 2 && p.window_w == 2) {
      max_over_tiles<Gradient, 2, V, Tail>(p, count, x + c, gradient, out + c);
    } else {
      max_over_tiles<Gradient, 0, V, Tail>(p, count, x + c, gradient, out + c);
    }
  }
};

void max_pool(const Pooling& p, const float* x, float* y) {
  if (tiles_the_image(p)) return for_channels(p.channels, Tiles<false>{p, x, nullptr, y});
  pool_image<MaxForward, false>(p, x, nullptr, y);
}

void max_pool_grad(const Pooling& p, const float* x, const float* dy, float* dx) {
  if (tiles_the_image(p)) {
    zero_rest(p, dx);
    return for_channels(p.channels, Tiles<true>{p, x, dy, dx});
  }
  if (side_by_side(p)) return pool_image<MaxBackward<true>, true>(p, x, dy, dx);
  pool_image<MaxBackward<false>, true>(p, x, dy, dx);
}

void avg_pool(const Pooling& p, const float* x, float* y) {
  pool_image<AvgForward, false>(p, x, nullptr, y);
}

void avg_pool_grad(const Pooling& p, const float* dy, float* dx) {
  if (side_by_side(p)) return pool_image<AvgBackward<true>, true>(p, nullptr, dy, dx);
  pool_image<AvgBackward<false>, true>(p, nullptr, dy, dx);
}
