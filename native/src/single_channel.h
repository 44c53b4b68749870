// Filters on a single channel under windows of 2 x 2, the usual first layer:
// too few terms a pixel for the tiles of a product, but all weights of a
// vector of filters fit into the registers, and so does a whole window.
// Included only by instruction_set.cc, inside its own namespace.

// Pixels of one image, over a vector of filters.
struct OnePixel {
  static constexpr int kFloats = 1;
  template <int V>
  static Vector<V> at(const float* p) { return broadcast<V>(*p); }
};

// Of two.
struct TwoPixels {
  static constexpr int kFloats = 2;
  template <int V>
  static Vector<V> at(const float* p) { return broadcast_pair<V>(p); }
};

template <int Side>
struct SingleForward {
  const SingleChannel& s;
  const float* bias;
  float* y;
  uint8_t* winner;

  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    const Channels<V, Tail> channels(count);
    Vector<V> weight[Side * Side];
#pragma GCC unroll 25
    for (int t = 0; t < Side * Side; ++t) {
      weight[t] = channels.load_at(s.weight + t * s.weight_row + c);
    }
    const Vector<V> init = bias != nullptr ? channels.load_at(bias + c) : Vector<V>{};
    take<V, OnePixel>(c, weight, init, Maxima<V, Tail>(count));
  }

  template <bool Tail>
  void run_pairs() const {
    constexpr int V = 2 * kHalf;
    Vector<V> weight[Side * Side];
#pragma GCC unroll 25
    for (int t = 0; t < Side * Side; ++t) weight[t] = load<V>(s.weight + t * s.weight_row);
    const Vector<V> init = bias != nullptr ? load<V>(bias) : Vector<V>{};
    take<V, TwoPixels>(0, weight, init, PairMaxima<Tail>(s.columns, s.pair));
  }

  // Two windows at a time: one alone would wait for its own sums.
  template <int V, typename Pixel, typename To>
  void take(int64_t c, const Vector<V>* weight, Vector<V> init, const To& to) const {
    // Bytes may alias everything: what is kept in variables is not read again.
    const ptrdiff_t step = s.step;
    const int64_t down = s.out_h, across = s.out_w;
    const float* panel = s.panel;
    float* y_at = y + c;
    uint8_t* winner_at = winner + c;
    for (int64_t r = 0; r < down; ++r, panel += 2 * s.panel_row) {
      const float* from = panel;
      int64_t k = 0;
      for (; k + 2 <= across; k += 2, from += 4 * Pixel::kFloats) {
        windows<2, V, Pixel>(from, weight, init, to, y_at, winner_at);
        y_at += 2 * step;
        winner_at += 2 * step;
      }
      if (k == across) continue;
      windows<1, V, Pixel>(from, weight, init, to, y_at, winner_at);
      y_at += step;
      winner_at += step;
    }
  }

  template <int N, int V, typename Pixel, typename To>
  inline void windows(const float* from, const Vector<V>* weight, Vector<V> init, const To& to,
                      float* y_at, uint8_t* winner_at) const {
    const ptrdiff_t panel_row = s.panel_row;
    Vector<V> sum[N][4];
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) {
#pragma GCC unroll 4
      for (int p = 0; p < 4; ++p) sum[n][p] = init;
    }
#pragma GCC unroll 5
    for (int i = 0; i < Side; ++i) {
#pragma GCC unroll 5
      for (int j = 0; j < Side; ++j) {
#pragma GCC unroll 2
        for (int n = 0; n < N; ++n) {
#pragma GCC unroll 4
          for (int p = 0; p < 4; ++p) {
            const int64_t at = (i + p / 2) * panel_row + (j + p % 2 + 2 * n) * Pixel::kFloats;
            sum[n][p] += Pixel::template at<V>(from + at) * weight[i * Side + j];
          }
        }
      }
    }
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) {
      store_square(to, y_at + n * s.step, winner_at + n * s.step, sum[n][0], sum[n][1], sum[n][2],
                   sum[n][3], s.rectified);
    }
  }
};

// The gradients of one image's windows, and where they belong.
template <int V, bool Tail>
struct Gradients {
  typedef typename Positions<V, Tail>::Value Position;
  const Channels<V, Tail> channels;
  const Positions<V, Tail> positions;
  explicit Gradients(int64_t count) : channels(count), positions(count) {}
  Vector<V> at(const float* dy) const { return channels.load_at(dy); }
  Position where(const uint8_t* winner) const { return positions.load(winner); }
  void add(float* to, Vector<V> sum) const { channels.store_at(to, channels.load_at(to) + sum); }
};

// Of two images, the second one's `pair` further on; both go into one sum.
template <bool Tail>
struct PairGradients {
  typedef typename Positions<2 * kHalf, false>::Value Position;
  const Gradients<kHalf, Tail> each;
  const ptrdiff_t pair;
  PairGradients(int64_t count, ptrdiff_t apart) : each(count), pair(apart) {}
  Pair at(const float* dy) const { return interleaved<Pair>(each.at(dy), each.at(dy + pair)); }
  Position where(const uint8_t* winner) const {
    return interleaved<Position>(each.where(winner), each.where(winner + pair));
  }
  void add(float* to, Pair sum) const {
    each.add(to, separated<Single, 0>(sum) + separated<Single, 1>(sum));
  }
};

template <int Side>
struct SingleWeightGrad {
  const SingleChannel& s;
  const float* dy;
  const uint8_t* winner;
  float* sums;   // [Side * Side] rows of weight_row floats
  float* bias_sums;

  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    take<V, OnePixel>(c, Gradients<V, Tail>(count));
  }

  template <int V, typename Pixel, typename Of>
  void take(int64_t c, const Of& gradients) const {
    Vector<V> sum[Side * Side] = {};
    Vector<V> bias{};
    const Vector<V> nothing{};
    for (int64_t r = 0; r < s.out_h; ++r) {
      for (int64_t k = 0; k < s.out_w; ++k) {
        const int64_t at = (r * s.out_w + k) * s.step + c;
        const Vector<V> gradient = gradients.at(dy + at);
        const auto where = gradients.where(winner + at);
        const float* from = s.panel + 2 * r * s.panel_row + 2 * k * Pixel::kFloats;
#pragma GCC unroll 4
        for (int p = 0; p < 4; ++p) {
          const Vector<V> share = where == p ? gradient : nothing;
          bias += share;
#pragma GCC unroll 5
          for (int i = 0; i < Side; ++i) {
#pragma GCC unroll 5
            for (int j = 0; j < Side; ++j) {
              const int64_t pixel = (i + p / 2) * s.panel_row + (j + p % 2) * Pixel::kFloats;
              sum[i * Side + j] += Pixel::template at<V>(from + pixel) * share;
            }
          }
        }
      }
    }
#pragma GCC unroll 25
    for (int t = 0; t < Side * Side; ++t) gradients.add(sums + t * s.weight_row + c, sum[t]);
    gradients.add(bias_sums + c, bias);
  }
};

template <int Side>
void single_forward(const SingleForward<Side>& forward) {
  const SingleChannel& s = forward.s;
  if (s.pairs && s.columns == kHalf) return forward.template run_pairs<false>();
  if (s.pairs) return forward.template run_pairs<true>();
  for_channels(s.columns, forward);
}

template <int Side>
void single_weight_grad(const SingleWeightGrad<Side>& backward) {
  constexpr int V = 2 * kHalf;
  const SingleChannel& s = backward.s;
  if (s.pairs && s.columns == kHalf) {
    return backward.template take<V, TwoPixels>(0, PairGradients<false>(kHalf, s.pair));
  }
  if (s.pairs) {
    return backward.template take<V, TwoPixels>(0, PairGradients<true>(s.columns, s.pair));
  }
  for_channels(s.columns, backward);
}

void single_channel(const SingleChannel& s, const float* bias, float* y, uint8_t* winner) {
  if (s.side == 3) return single_forward(SingleForward<3>{s, bias, y, winner});
  single_forward(SingleForward<5>{s, bias, y, winner});
}

void single_channel_grad(const SingleChannel& s, const float* dy, const uint8_t* winner,
                         float* sums, float* bias_sums) {
  if (s.side == 3) {
    return single_weight_grad(SingleWeightGrad<3>{s, dy, winner, sums, bias_sums});
  }
  single_weight_grad(SingleWeightGrad<5>{s, dy, winner, sums, bias_sums});
}
