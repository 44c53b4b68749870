// Cross entropy of rows of scores, V rows side by side. Included only by
// instruction_set.cc, inside its own namespace.

template <int V>
struct WordTypes {
  typedef int32_t Value __attribute__((vector_size(V * 4)));
};

template <int V>
using Words = typename WordTypes<V>::Value;

// e^x for x <= 0, within two units of the last digit; 0 where that would have none
// of them left. NaN stays.
template <int V>
inline Vector<V> exp_below(Vector<V> x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: to add it rounds to whole numbers
  const Vector<V> lowest = broadcast<V>(-87.0f);
  const auto gone = x < lowest;
  const Vector<V> inside = gone ? lowest : x;
  const Vector<V> shifted = inside * 1.44269504f + kRound;
  const Vector<V> whole = shifted - kRound;
  // ln 2 in two parts, the first with few digits: their products are exact.
  const Vector<V> r = (inside - whole * 0.693359375f) + whole * 2.12194440e-4f;
  Vector<V> y = broadcast<V>(1.9875691500e-4f);
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1.0f;
  const Words<V> power = (reinterpret_cast<Words<V>>(shifted) << 23) + (127 << 23);
  y *= reinterpret_cast<Vector<V>>(power);
  return gone ? Vector<V>{} : y;
}

// ln x for 1 <= x < 2^127; NaN stays.
template <int V>
inline Vector<V> log_above(Vector<V> x) {
  // x = 2^e (1 + f) with 1 + f between the roots of 1/2 and 2.
  const Words<V> bits = reinterpret_cast<Words<V>>(x) - 0x3F3504F3;
  const Words<V> exponent = bits >> 23;
  const Words<V> mantissa = (bits & 0x007FFFFF) + 0x3F3504F3;
  const Vector<V> f = reinterpret_cast<Vector<V>>(mantissa) - 1.0f;
  const Vector<V> e = __builtin_convertvector(exponent, Vector<V>);
  Vector<V> y = broadcast<V>(7.0376836292e-2f);
  y = y * f - 1.1514610310e-1f;
  y = y * f + 1.1676998740e-1f;
  y = y * f - 1.2420140846e-1f;
  y = y * f + 1.4249322787e-1f;
  y = y * f - 1.6668057665e-1f;
  y = y * f + 2.0000714765e-1f;
  y = y * f - 2.4999993993e-1f;
  y = y * f + 3.3333331174e-1f;
  const Vector<V> square = f * f;
  y = y * f * square - e * 2.12194440e-4f - 0.5f * square;
  const Vector<V> found = f + y + e * 0.693359375f;
  return x == x ? found : x;
}

// Of V rows, what each class's share of the label is, times its weight.
template <int V>
struct Shares {
  const ClassCosts& call;
  Words<V> label;
  Vector<V> known;  // 1 where there is a label, else 0

  Shares(const ClassCosts& costs, const int32_t* labels, int64_t rows) : call(costs) {
    label = Words<V>{} - 1;
    for (int r = 0; r < V && r < rows; ++r) label[r] = labels[r];
    const Words<V> none = Words<V>{};
    const auto inside = (label >= none) & (label < none + static_cast<int32_t>(costs.classes));
    known = inside ? broadcast<V>(1.0f) : Vector<V>{};
  }

  Vector<V> of(int64_t k) const {
    const float even = call.smoothing / static_cast<float>(call.classes);
    const Vector<V> hot = label == static_cast<int32_t>(k) ? broadcast<V>(1.0f - call.smoothing)
                                                            : Vector<V>{};
    const Vector<V> share = hot + even * known;
    return call.weights == nullptr ? share : share * call.weights[k];
  }
};

// Of the V rows whose scores the panel holds, the largest score, and the sum of the
// exponentials of what is below it.
template <int V>
struct Softmax {
  Vector<V> most, sum{};

  // The scores of `count` rows, laid class after class.
  Softmax(const float* scores, int64_t classes, int64_t count, float* panel) {
    for (int64_t i = 0; count < V && i < classes * V; ++i) panel[i] = 0.0f;
    transpose(scores, classes, count, classes, panel, V);
    find_most(panel, classes, V);
  }

  // Scores that lie so, from one class to the next `row` floats.
  Softmax(const float* across, ptrdiff_t row, int64_t classes) { find_most(across, classes, row); }

  void find_most(const float* across, int64_t classes, ptrdiff_t row) {
    most = load<V>(across);
    for (int64_t k = 1; k < classes; ++k) {
      const Vector<V> score = load<V>(across + k * row);
      most = most > score ? most : score;
    }
  }

  // e to the score above which `most` is, added to the sum.
  Vector<V> add(Vector<V> score) {
    const Vector<V> power = exp_below<V>(score - most);
    sum += power;
    return power;
  }
};

// `panel` has room for V rows.
void class_costs(const ClassCosts& call, const float* scores, const int32_t* labels, int64_t rows,
                 float* panel, float* costs) {
  constexpr int V = SHOAL_VECTOR;
  for (int64_t at = 0; at < rows; at += V) {
    const int64_t count = rows - at < V ? rows - at : V;
    Softmax<V> softmax(scores + at * call.classes, call.classes, count, panel);
    for (int64_t k = 0; k < call.classes; ++k) softmax.add(load<V>(panel + k * V));
    const Vector<V> log = log_above<V>(softmax.sum) + softmax.most;
    const Shares<V> shares(call, labels + at, count);
    Vector<V> cost{};
    for (int64_t k = 0; k < call.classes; ++k) {
      cost += shares.of(k) * (log - load<V>(panel + k * V));
    }
    Part<V>(count).store(costs + at, cost);
  }
}

void class_costs_grad(const ClassCosts& call, const float* scores, const int32_t* labels,
                      const float* grad, int64_t rows, float* panel, float* to) {
  constexpr int V = SHOAL_VECTOR;
  for (int64_t at = 0; at < rows; at += V) {
    const int64_t count = rows - at < V ? rows - at : V;
    Softmax<V> softmax(scores + at * call.classes, call.classes, count, panel);
    for (int64_t k = 0; k < call.classes; ++k) {
      store<V>(panel + k * V, softmax.add(load<V>(panel + k * V)));
    }
    const Shares<V> shares(call, labels + at, count);
    Vector<V> all{};
    for (int64_t k = 0; k < call.classes; ++k) all += shares.of(k);
    const Vector<V> above = Part<V>(count).load(grad + at), each = all / softmax.sum;
    for (int64_t k = 0; k < call.classes; ++k) {
      store<V>(panel + k * V, above * (load<V>(panel + k * V) * each - shares.of(k)));
    }
    transpose(panel, V, call.classes, count, to + at * call.classes, call.classes);
  }
}

void class_costs_across(const ClassCosts& call, const float* scores, ptrdiff_t row,
                        const int32_t* labels, const float* grad, int64_t rows, float* costs,
                        float* to) {
  constexpr int V = SHOAL_VECTOR;
  for (int64_t at = 0; at < rows; at += V, scores += V, to += V) {
    const int64_t count = rows - at < V ? rows - at : V;
    Softmax<V> softmax(scores, row, call.classes);
    for (int64_t k = 0; k < call.classes; ++k) {
      store<V>(to + k * row, softmax.add(load<V>(scores + k * row)));
    }
    const Vector<V> log = log_above<V>(softmax.sum) + softmax.most;
    const Shares<V> shares(call, labels + at, count);
    Vector<V> cost{}, all{};
    for (int64_t k = 0; k < call.classes; ++k) {
      cost += shares.of(k) * (log - load<V>(scores + k * row));
      all += shares.of(k);
    }
    Part<V>(count).store(costs + at, cost);
    const Vector<V> above = Part<V>(count).load(grad + at), each = all / softmax.sum;
    for (int64_t k = 0; k < call.classes; ++k) {
      store<V>(to + k * row, above * (load<V>(to + k * row) * each - shares.of(k)));
    }
  }
}
