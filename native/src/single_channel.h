// Filters on a single channel under windows of 2 x 2, the usual first layer:
// too few terms a pixel for the tiles of a product, but all weights of a
// vector of filters fit into the registers, and so does a whole window.
// Included only by instruction_set.cc, inside its own namespace.

template <int Side>
struct SingleForward {
  const SingleChannel& s;
  const float* bias;
  float* y;
  uint8_t* winner;

  template <int V, bool Tail>
  void run(int64_t c, int64_t count) const {
    const Channels<V, Tail> channels(count);
    const Positions<V, Tail> positions(count);
    Vector<V> weight[Side * Side];
#pragma GCC unroll 25
    for (int t = 0; t < Side * Side; ++t) weight[t] = channels.load_at(s.weight + t * s.weight_row + c);
    Vector<V> init{};
    if (bias != nullptr) init = channels.load_at(bias + c);
    for (int64_t r = 0; r < s.out_h; ++r) {
      for (int64_t k = 0; k < s.out_w; ++k) {
        const float* from = s.panel + 2 * r * s.panel_row + 2 * k;
        Vector<V> sum[4] = {init, init, init, init};
#pragma GCC unroll 5
        for (int i = 0; i < Side; ++i) {
#pragma GCC unroll 5
          for (int j = 0; j < Side; ++j) {
#pragma GCC unroll 4
            for (int p = 0; p < 4; ++p) {
              sum[p] += broadcast<V>(from[(i + p / 2) * s.panel_row + j + p % 2]) *
                        weight[i * Side + j];
            }
          }
        }
        typename Positions<V, Tail>::Value where{};
        Vector<V> best = sum[0];
#pragma GCC unroll 4
        for (int p = 1; p < 4; ++p) {
          const auto better = replaces(sum[p], best);
          best = better ? sum[p] : best;
          where = better ? typename Positions<V, Tail>::Value{} + p : where;
        }
        if (s.rectified) rectify(best, where, 4);
        const int64_t to = (r * s.out_w + k) * s.step + c;
        channels.store_at(y + to, best);
        positions.store(winner + to, where);
      }
    }
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
    const Channels<V, Tail> channels(count);
    const Positions<V, Tail> positions(count);
    Vector<V> sum[Side * Side] = {};
    Vector<V> bias{};
    const Vector<V> nothing{};
    for (int64_t r = 0; r < s.out_h; ++r) {
      for (int64_t k = 0; k < s.out_w; ++k) {
        const int64_t at = (r * s.out_w + k) * s.step + c;
        const Vector<V> gradient = channels.load_at(dy + at);
        const auto where = positions.load(winner + at);
        const float* from = s.panel + 2 * r * s.panel_row + 2 * k;
#pragma GCC unroll 4
        for (int p = 0; p < 4; ++p) {
          const Vector<V> share = where == p ? gradient : nothing;
          bias += share;
#pragma GCC unroll 5
          for (int i = 0; i < Side; ++i) {
#pragma GCC unroll 5
            for (int j = 0; j < Side; ++j) {
              sum[i * Side + j] +=
                  broadcast<V>(from[(i + p / 2) * s.panel_row + j + p % 2]) * share;
            }
          }
        }
      }
    }
#pragma GCC unroll 25
    for (int t = 0; t < Side * Side; ++t) {
      float* to = sums + t * s.weight_row + c;
      channels.store_at(to, channels.load_at(to) + sum[t]);
    }
    channels.store_at(bias_sums + c, channels.load_at(bias_sums + c) + bias);
  }
};

void single_channel(const SingleChannel& s, const float* bias, float* y, uint8_t* winner) {
  if (s.side == 3) return for_channels(s.columns, SingleForward<3>{s, bias, y, winner});
  for_channels(s.columns, SingleForward<5>{s, bias, y, winner});
}

void single_channel_grad(const SingleChannel& s, const float* dy, const uint8_t* winner,
                         float* sums, float* bias_sums) {
  if (s.side == 3) {
    return for_channels(s.columns, SingleWeightGrad<3>{s, dy, winner, sums, bias_sums});
  }
  for_channels(s.columns, SingleWeightGrad<5>{s, dy, winner, sums, bias_sums});
}
