// Sums over the rows of a matrix: the gradient of a bias.
// Included only by instruction_set.cc, inside its own namespace.

template <int V, bool Tail>
inline void column_sum_block(const float* in, ptrdiff_t in_row, int64_t rows, int64_t tail,
                             float* sums, bool accumulate) {
  const Part<V> part(Tail ? tail : V);
  const auto at = [&](int64_t r) {
    return Tail ? part.load(in + r * in_row) : load<V>(in + r * in_row);
  };
  Vector<V> s0{}, s1{}, s2{}, s3{};
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    s0 += at(r);
    s1 += at(r + 1);
    s2 += at(r + 2);
    s3 += at(r + 3);
  }
  for (; r < rows; ++r) s0 += at(r);
  Vector<V> sum = (s0 + s1) + (s2 + s3);
  if (Tail) {
    if (accumulate) sum += part.load(sums);
    part.store(sums, sum);
  } else {
    if (accumulate) sum += load<V>(sums);
    store<V>(sums, sum);
  }
}

void column_sums(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns, float* sums,
                 bool accumulate) {
  constexpr int V = SHOAL_VECTOR;
  int64_t n = 0;
  for (; n + V <= columns; n += V) {
    column_sum_block<V, false>(in + n, in_row, rows, 0, sums + n, accumulate);
  }
#if SHOAL_VECTOR >= 16
  if (n + 8 <= columns) {
    column_sum_block<8, false>(in + n, in_row, rows, 0, sums + n, accumulate);
    n += 8;
  }
#endif
  if (n < columns) {
    constexpr int kLast = V < 8 ? V : 8;
    column_sum_block<kLast, true>(in + n, in_row, rows, columns - n, sums + n, accumulate);
  }
}
