// Vectors of V floats through the compiler's vector types, with partial loads
// and stores. Included only by instruction_set.cc, inside its own namespace.

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define SHOAL_HAS_SHUFFLE 1
#endif
#endif

template <int V>
struct VectorTypes {
  typedef float Value __attribute__((vector_size(V * 4)));
  typedef float Unaligned __attribute__((vector_size(V * 4), aligned(4), may_alias));
};

template <int V>
using Vector = typename VectorTypes<V>::Value;

template <int V>
inline Vector<V> load(const float* p) {
  return *reinterpret_cast<const typename VectorTypes<V>::Unaligned*>(p);
}

template <int V>
inline void store(float* p, Vector<V> value) {
  *reinterpret_cast<typename VectorTypes<V>::Unaligned*>(p) = value;
}

template <int V>
inline Vector<V> broadcast(float value) {
  return value - Vector<V>{};  // exact for every value, signed zeros and NaN included
}

template <int V>
struct PairTypes {
  typedef int64_t Value __attribute__((vector_size(V * 4)));
};

// Two neighboring floats, over and over, as they lie in memory. Moved as an integer:
// arithmetic on a double could flush their bits.
template <int V>
inline Vector<V> broadcast_pair(const float* p) {
  int64_t two;
  __builtin_memcpy(&two, p, sizeof two);
  return reinterpret_cast<Vector<V>>(two + typename PairTypes<V>::Value{});
}

// The first `count` floats of a vector; touches no memory beyond them.
template <int V>
struct Part {
  int count;
  explicit Part(int64_t n) : count(static_cast<int>(n)) {}
  Vector<V> load(const float* p) const {
    Vector<V> value{};
    for (int i = 0; i < V; ++i) {
      if (i < count) value[i] = p[i];
    }
    return value;
  }
  void store(float* p, Vector<V> value) const {
    for (int i = 0; i < V; ++i) {
      if (i < count) p[i] = value[i];
    }
  }
};

#if defined(__AVX512F__) && defined(__AVX512VL__)

template <>
struct Part<16> {
  __mmask16 mask;
  explicit Part(int64_t n) : mask(static_cast<__mmask16>((1u << n) - 1)) {}
  Vector<16> load(const float* p) const { return _mm512_maskz_loadu_ps(mask, p); }
  void store(float* p, Vector<16> value) const { _mm512_mask_storeu_ps(p, mask, value); }
};

template <>
struct Part<8> {
  __mmask8 mask;
  explicit Part(int64_t n) : mask(static_cast<__mmask8>((1u << n) - 1)) {}
  Vector<8> load(const float* p) const { return _mm256_maskz_loadu_ps(mask, p); }
  void store(float* p, Vector<8> value) const {
    asm("" : "+v"(value));  // see below
    _mm256_mask_storeu_ps(p, mask, value);
  }
};

// The empty asm keeps the compiler from making an extraction into memory of it where the
// value is half of a wider one: that touches what is masked, and may fault there.
template <>
struct Part<4> {
  __mmask8 mask;
  explicit Part(int64_t n) : mask(static_cast<__mmask8>((1u << n) - 1)) {}
  Vector<4> load(const float* p) const { return _mm_maskz_loadu_ps(mask, p); }
  void store(float* p, Vector<4> value) const {
    asm("" : "+v"(value));
    _mm_mask_storeu_ps(p, mask, value);
  }
};

#elif defined(__AVX2__)

template <>
struct Part<8> {
  __m256i mask;
  explicit Part(int64_t n)
      : mask(_mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                                _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))) {}
  Vector<8> load(const float* p) const { return _mm256_maskload_ps(p, mask); }
  void store(float* p, Vector<8> value) const { _mm256_maskstore_ps(p, mask, value); }
};

template <>
struct Part<4> {
  __m128i mask;
  explicit Part(int64_t n)
      : mask(_mm_cmpgt_epi32(_mm_set1_epi32(static_cast<int>(n)), _mm_setr_epi32(0, 1, 2, 3))) {}
  Vector<4> load(const float* p) const { return _mm_maskload_ps(p, mask); }
  void store(float* p, Vector<4> value) const { _mm_maskstore_ps(p, mask, value); }
};

#endif
