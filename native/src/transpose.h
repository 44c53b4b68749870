// Matrix transposition in registers, in blocks of V x V.
// Included only by instruction_set.cc, inside its own namespace.

#ifdef SHOAL_HAS_SHUFFLE

// Exchanges the off-diagonal S x S blocks of two rows that lie S apart.
template <int V, int S, int... P>
inline void exchange(Vector<V>& upper, Vector<V>& lower, std::integer_sequence<int, P...>) {
  const Vector<V> a = upper, b = lower;
  upper = __builtin_shufflevector(a, b, ((P & S) ? V + P - S : P)...);
  lower = __builtin_shufflevector(a, b, ((P & S) ? V + P : P + S)...);
}

template <int V, int S>
inline void transpose_stage(Vector<V>* row) {
#pragma GCC unroll 16
  for (int i = 0; i < V; ++i) {
    if ((i & S) == 0) exchange<V, S>(row[i], row[i + S], std::make_integer_sequence<int, V>());
  }
  if constexpr (S > 1) transpose_stage<V, S / 2>(row);
}

// `rows` x `columns` of at most V x V.
template <int V>
inline void transpose_block(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns,
                            float* out, ptrdiff_t out_row) {
  const Part<V> across(columns), down(rows);
  Vector<V> row[V];
#pragma GCC unroll 16
  for (int r = 0; r < V; ++r) {
    row[r] = r < rows ? across.load(in + r * in_row) : Vector<V>{};
  }
  transpose_stage<V, V / 2>(row);
#pragma GCC unroll 16
  for (int c = 0; c < V; ++c) {
    if (c < columns) down.store(out + c * out_row, row[c]);
  }
}

#else

template <int V>
inline void transpose_block(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns,
                            float* out, ptrdiff_t out_row) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) out[c * out_row + r] = in[r * in_row + c];
  }
}

#endif

void transpose(const float* in, ptrdiff_t in_row, int64_t rows, int64_t columns, float* out,
               ptrdiff_t out_row) {
  constexpr int64_t V = SHOAL_VECTOR;
  for (int64_t r = 0; r < rows; r += V) {
    const int64_t height = rows - r < V ? rows - r : V;
    for (int64_t c = 0; c < columns; c += V) {
      const int64_t width = columns - c < V ? columns - c : V;
      transpose_block<V>(in + r * in_row + c, in_row, height, width, out + c * out_row + r,
                         out_row);
    }
  }
}
