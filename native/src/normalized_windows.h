// Batch normalization of a row of windows side by side, and the maximum of each: what is between
// them is never written. A byte a window remembers where the maximum was; see window_rows.h.
// Included only by instruction_set.cc, inside its own namespace.

// Where maxima of normalized values go.
template <int V, bool Tail>
struct NormalizedMaxima : Maxima<V, Tail> {
  const float* x;  // the first value, of which offsets tell the column
  const Vector<V> center, steep, level;
  NormalizedMaxima(const Normalized& of, int64_t c, int64_t count)
      : Maxima<V, Tail>(count),
        x(of.x),
        center(this->channels.load_at(of.mean + c)),
        steep(this->channels.load_at(of.slope + c)),
        level(this->channels.load_at(of.shift + c)) {}
  Vector<V> load_at(const float* p) const {
    return (this->channels.load_at(p) - center) * steep + level;
  }
};

struct MaxOfNormalizedRow {
  const WindowRow& w;
  const Normalized& of;
  float* y;
  uint8_t* winner;
  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    MaxOfRow{w, of.x, y, winner}.take(c, NormalizedMaxima<V, Tail>(of, c, count));
  }
};

// Calls body(the window's size) where the usual size, 2 x 2, is known to the compiler.
struct AnyWindow {
  int64_t height, width;
};
struct SquareWindow {
  static constexpr int64_t height = 2, width = 2;
};
template <typename Body>
inline void with_window(const WindowRow& w, const Body& body) {
  if (w.window_h == 2 && w.window_w == 2) return body(SquareWindow{});
  body(AnyWindow{w.window_h, w.window_w});
}

// Calls visit(place, its offset) for all places of a window.
template <typename Size, typename Visit>
inline void by_places(const Size& size, ptrdiff_t row, ptrdiff_t pixel, const Visit& visit) {
  int32_t place = 0;
#pragma GCC unroll 2
  for (int64_t i = 0; i < size.height; ++i) {
#pragma GCC unroll 2
    for (int64_t j = 0; j < size.width; ++j, ++place) visit(place, i * row + j * pixel);
  }
}

struct NormalizedSumsOfRow {
  const WindowRow& w;
  const Normalized& of;
  const float* dy;
  const uint8_t* winner;
  float* sums;
  float* products;

  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    with_window(w, [&](const auto& size) { run_windows<V, Tail>(size, c, count); });
  }

  template <int V, bool Tail, typename Size>
  void run_windows(const Size& size, int64_t c, int64_t count) const {
    const Channels<V, Tail> channels(count);
    const Positions<V, Tail> positions(count);
    const Vector<V> center = channels.load_at(of.mean + c);
    const int32_t last = static_cast<int32_t>(size.height * size.width);
    const ptrdiff_t row = w.row, pixel = w.pixel, step = w.step;
    const float *from = of.x + c, *gradients = dy + c;
    const uint8_t* winners = winner + c;
    Vector<V> sum{}, product{};
    for (int64_t k = w.windows; k > 0; --k) {
      const auto where = positions.load(winners);
      const Vector<V> whole = channels.load_at(gradients);
      const Vector<V> gradient = where < last ? whole : Vector<V>{};
      Vector<V> best = center;
      by_places(size, row, pixel, [&](int32_t place, ptrdiff_t at) {
        const Vector<V> value = channels.load_at(from + at);
        best = where == place ? value : best;
      });
      sum += gradient;
      product += gradient * (best - center);
      from += size.width * pixel;
      gradients += step;
      winners += step;
    }
    channels.store_at(sums + c, sum);
    channels.store_at(products + c, product);
  }
};

struct NormalizedGradOfRow {
  const WindowRow& w;
  const Normalized& of;
  const NormalizedSlopes& by;
  const float* dy;
  const uint8_t* winner;
  float* dx;

  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    with_window(w, [&](const auto& size) { run_windows<V, Tail>(size, c, count); });
  }

  template <int V, bool Tail, typename Size>
  void run_windows(const Size& size, int64_t c, int64_t count) const {
    const Channels<V, Tail> channels(count);
    const Positions<V, Tail> positions(count);
    const Vector<V> center = channels.load_at(of.mean + c), steep = channels.load_at(of.slope + c),
                    tilted = channels.load_at(by.tilt + c), even = channels.load_at(by.level + c);
    const ptrdiff_t row = w.row, pixel = w.pixel, step = w.step;
    const float *from = of.x + c, *gradients = dy + c;
    const uint8_t* winners = winner + c;
    float* to = dx + c;
    for (int64_t k = w.windows; k > 0; --k) {
      const auto where = positions.load(winners);
      const Vector<V> gradient = channels.load_at(gradients) * steep;
      by_places(size, row, pixel, [&](int32_t place, ptrdiff_t at) {
        const Vector<V> rest = (channels.load_at(from + at) - center) * tilted + even;
        channels.store_at(to + at, where == place ? gradient + rest : rest);
      });
      from += size.width * pixel;
      to += size.width * pixel;
      gradients += step;
      winners += step;
    }
  }
};

void normalized_max(const WindowRow& w, const Normalized& of, float* y, uint8_t* winner) {
  for_channels(of.columns, MaxOfNormalizedRow{w, of, y, winner});
}

void normalized_max_sums(const WindowRow& w, const Normalized& of, const float* dy,
                         const uint8_t* winner, float* sums, float* products) {
  for_channels(of.columns, NormalizedSumsOfRow{w, of, dy, winner, sums, products});
}

void normalized_max_grad(const WindowRow& w, const Normalized& of, const NormalizedSlopes& by,
                         const float* dy, const uint8_t* winner, float* dx) {
  for_channels(of.columns, NormalizedGradOfRow{w, of, by, dy, winner, dx});
}
