// Pixels of which only the first channels are in use, to and from pixels without a gap.
// Included only by instruction_set.cc, inside its own namespace.

// Whole vectors, of which the next pixel overwrites what is too much; the last ones,
// which have no next, in part.
template <int V>
void pack_in_vectors(const float* from, int64_t pixels, int64_t channels, int64_t pixel,
                     float* to) {
  const int64_t vectors = (channels + V - 1) / V;
  // Pixels whose vectors end within what is read and what is written.
  int64_t free = 0;
  if (channels > 0) {
    const int64_t read = pixels - (vectors * V - channels + pixel - 1) / pixel;
    const int64_t written = pixels - (vectors * V + channels - 1) / channels + 1;
    free = read < written ? read : written;
  }
  int64_t p = 0;
  for (; p < free; ++p, from += pixel, to += channels) {
    store<V>(to, load<V>(from));
    for (int64_t c = V; c < channels; c += V) store<V>(to + c, load<V>(from + c));
  }
  for (; p < pixels; ++p, from += pixel, to += channels) {
    int64_t c = 0;
    for (; c + V <= channels; c += V) store<V>(to + c, load<V>(from + c));
    if (c == channels) continue;
    const Part<V> part(channels - c);
    part.store(to + c, part.load(from + c));
  }
}

// In vectors that are no wider than need be: what is written twice costs twice.
void pack_pixels(const float* from, int64_t pixels, int64_t channels, int64_t pixel, float* to) {
#if SHOAL_VECTOR >= 8
  if (channels <= 4) return pack_in_vectors<4>(from, pixels, channels, pixel, to);
  const bool half = channels <= 8 || (channels > 16 && channels <= 24);
  if (half) return pack_in_vectors<8>(from, pixels, channels, pixel, to);
#endif
  pack_in_vectors<SHOAL_VECTOR>(from, pixels, channels, pixel, to);
}

// With zeros from `channels` on to `width`.
void unpack_pixels(const float* from, int64_t pixels, int64_t channels, int64_t width,
                   int64_t pixel, float* to) {
  constexpr int64_t V = SHOAL_VECTOR;
  for (int64_t p = 0; p < pixels; ++p, from += channels, to += pixel) {
    for (int64_t c = 0; c < width; c += V) {
      const int64_t used = channels - c < V ? channels - c : V;
      const Vector<V> value = used == V  ? load<V>(from + c)
                              : used > 0 ? Part<V>(used).load(from + c)
                                         : Vector<V>{};
      if (c + V <= width) {
        store<V>(to + c, value);
      } else {
        Part<V>(width - c).store(to + c, value);
      }
    }
  }
}
