// Two images in one vector, the one's value beside the other's: where filters fill no
// more than half a vector, the other half is a second image's.
// Included only by instruction_set.cc, inside its own namespace.

#if defined(SHOAL_HAS_SHUFFLE) && SHOAL_VECTOR >= 8
constexpr bool kPairs = true;
#else
constexpr bool kPairs = false;  // what is below is compiled, but never called
#endif
constexpr int kHalf = SHOAL_VECTOR / 2;

typedef Vector<2 * kHalf> Pair;
typedef Vector<kHalf> Single;

#ifdef SHOAL_HAS_SHUFFLE

template <typename Whole, typename Half, int... I>
inline Whole interleave_halves(Half even, Half odd, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(even, odd, (I / 2 + I % 2 * kHalf)...);
}

template <int First, typename Half, typename Whole, int... I>
inline Half every_second(Whole from, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(from, from, (2 * I + First)...);
}

template <typename Whole, typename Half>
inline Whole interleaved(Half even, Half odd) {
  return interleave_halves<Whole>(even, odd, std::make_integer_sequence<int, 2 * kHalf>());
}

// The values of the first image, or of the second.
template <typename Half, int First, typename Whole>
inline Half separated(Whole pair) {
  return every_second<First, Half>(pair, std::make_integer_sequence<int, kHalf>());
}

#else

template <typename Whole, typename Half>
inline Whole interleaved(Half even, Half odd) {
  Whole whole{};
  for (int i = 0; i < 2 * kHalf; ++i) whole[i] = i % 2 ? odd[i / 2] : even[i / 2];
  return whole;
}

template <typename Half, int First, typename Whole>
inline Half separated(Whole pair) {
  Half half{};
  for (int i = 0; i < kHalf; ++i) half[i] = pair[2 * i + First];
  return half;
}

#endif

void interleave(const float* even, const float* odd, ptrdiff_t row, int64_t rows, int64_t columns,
                float* to, ptrdiff_t to_row) {
  for (int64_t r = 0; r < rows; ++r, even += row, odd += row, to += to_row) {
    int64_t c = 0;
    for (; c + kHalf <= columns; c += kHalf) {
      store<2 * kHalf>(to + 2 * c,
                       interleaved<Pair>(load<kHalf>(even + c), load<kHalf>(odd + c)));
    }
    for (; c < columns; ++c) {
      to[2 * c] = even[c];
      to[2 * c + 1] = odd[c];
    }
  }
}

void separate(const float* from, int64_t rows, int64_t columns, float* even, float* odd,
              ptrdiff_t row) {
  const Part<kHalf> part(columns);
  for (int64_t r = 0; r < rows; ++r, from += 2 * kHalf, even += row, odd += row) {
    const Pair pair = load<2 * kHalf>(from);
    part.store(even, separated<Single, 0>(pair));
    part.store(odd, separated<Single, 1>(pair));
  }
}
