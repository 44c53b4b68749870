#include "resample.h"

namespace shoal {

namespace {

// A coordinate between two pixels of an axis, or on one.
struct Between {
  int64_t low, high;
  float share;  // of the higher one
};

// What is no number is taken for the first pixel.
inline Between between(float at, int64_t size) {
  const float last = static_cast<float>(size - 1);
  const float inside = at > 0.0f ? (at < last ? at : last) : 0.0f;
  const int64_t low = static_cast<int64_t>(inside);
  return {low, low + 1 < size ? low + 1 : low, inside - static_cast<float>(low)};
}

class ResampleJob final : public Job {
 public:
  Sampling s;
  const float* x;
  const float* at;
  float* y;

  bool run(const Chunk& chunk) const noexcept override {
    for (int64_t i = chunk.begin; i < chunk.end; ++i) {
      const float* image = x + i * s.height * s.width * s.channels;
      for (int64_t p = i * s.places; p < (i + 1) * s.places; ++p) {
        lookup(image, at + 2 * p, y + p * s.channels);
      }
    }
    return true;
  }

 private:
  void lookup(const float* image, const float* place, float* out) const {
    const Between row = between(place[0], s.height), column = between(place[1], s.width);
    const float* upper = image + row.low * s.width * s.channels;
    const float* lower = image + row.high * s.width * s.channels;
    const int64_t left = column.low * s.channels, right = column.high * s.channels;
    for (int64_t c = 0; c < s.channels; ++c) {
      const float a = upper[left + c], b = lower[left + c];
      const float above = a + column.share * (upper[right + c] - a);
      const float below = b + column.share * (lower[right + c] - b);
      out[c] = above + row.share * (below - above);
    }
  }
};

}  // namespace

std::unique_ptr<Job> resample(const Sampling& sampling, int64_t images, const float* x,
                              const float* at, float* y, int64_t threads) {
  auto job = std::make_unique<ResampleJob>();
  job->s = sampling;
  job->x = x;
  job->at = at;
  job->y = y;
  const int64_t cost = sampling.places * (16 + 8 * sampling.channels);
  const std::vector<int64_t> costs(static_cast<size_t>(images), cost);
  job->chunks = cut_evenly(costs, 1, threads);
  return job;
}

}  // namespace shoal
