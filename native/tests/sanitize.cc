// Every kernel over random shapes against plain loops in double precision,
// meant to be run under the address and undefined-behavior sanitizers: all
// buffers are exactly as large as they must be, on the heap.
//
// Usage: shoal_sanitize [seed [rounds]]
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "conv.h"
#include "dense.h"
#include "kernels.h"
#include "pool.h"

namespace {

using shoal::PerLane;

std::mt19937 generator;

int64_t pick(int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(generator);
}

std::vector<float> numbers(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::uniform_real_distribution<float> draw(-1.0f, 1.0f);
  for (float& value : values) value = draw(generator);
  return values;
}

// Results start as NaN: whatever is left unwritten shows.
std::vector<float> unwritten(int64_t count) {
  return std::vector<float>(static_cast<size_t>(count), std::nanf(""));
}

void run(const shoal::Job& job) {
  for (size_t i = job.chunks.size(); i-- > 0;) {  // any order must do
    if (!job.run(job.chunks[i])) std::abort();
  }
}

void compare(const std::string& what, const std::vector<float>& actual,
             const std::vector<double>& wanted) {
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!(std::fabs(actual[i] - wanted[i]) <= 2e-5 * (1.0 + std::fabs(wanted[i])))) {
      std::fprintf(stderr, "%s[%zu] = %g, expected %g\n", what.c_str(), i, actual[i], wanted[i]);
      std::exit(1);
    }
  }
}

struct Bounds {
  std::vector<int32_t> values;
  PerLane<const int32_t> per_lane() const {
    return {values.data(), static_cast<int64_t>(values.size()), 1};
  }
  int64_t of(int64_t lane, int64_t width) const {
    return shoal::active(per_lane(), lane, width);
  }
};

Bounds bounds(int64_t lanes, int64_t width) {
  Bounds result;
  if (pick(0, 2) == 0) return result;
  for (int64_t l = 0; l < lanes; ++l) {
    result.values.push_back(static_cast<int32_t>(pick(-1, width + 1)));
  }
  return result;
}

struct Operand {
  std::vector<float> values;
  int64_t count, stride;
  Operand(int64_t lanes, int64_t floats, bool may_be_shared = true)
      : values(), count(may_be_shared && pick(0, 3) == 0 ? 1 : lanes), stride(floats) {
    values = numbers(count * stride);
  }
  PerLane<const float> per_lane() const { return {values.data(), count, stride}; }
  double at(int64_t lane, int64_t i) const {
    return values[static_cast<size_t>((count == 1 ? 0 : lane) * stride + i)];
  }
};

void check_dense() {
  const int64_t L = pick(1, 5), B = pick(0, 70), K = pick(0, 70), N = pick(0, 70);
  const int64_t threads = pick(1, 8);
  const Bounds low = bounds(L, K), high = bounds(L, N);
  const shoal::DenseShape shape{L, B, K, N, low.per_lane(), high.per_lane()};
  const Operand x(L, B * K), w(L, K * N), b(L, N), dy(L, B * N);
  auto y = unwritten(L * B * N), dx = unwritten(L * B * K), dw = unwritten(L * K * N),
       db = unwritten(L * N);
  run(*shoal::dense_forward(shape, x.per_lane(), w.per_lane(), b.per_lane(), y.data(), threads));
  run(*shoal::dense_input_grad(shape, dy.per_lane(), w.per_lane(), dx.data(), threads));
  run(*shoal::dense_weight_grad(shape, x.per_lane(), dy.per_lane(), dw.data(), db.data(),
                                threads));
  std::vector<double> y2(y.size()), dx2(dx.size()), dw2(dw.size()), db2(db.size());
  for (int64_t l = 0; l < L; ++l) {
    for (int64_t n = 0; n < high.of(l, N); ++n) {
      for (int64_t r = 0; r < B; ++r) {
        const size_t out = static_cast<size_t>((l * B + r) * N + n);
        const double gradient = dy.at(l, r * N + n);
        y2[out] += b.at(l, n);
        db2[static_cast<size_t>(l * N + n)] += gradient;
        for (int64_t k = 0; k < low.of(l, K); ++k) {
          y2[out] += x.at(l, r * K + k) * w.at(l, k * N + n);
          dx2[static_cast<size_t>((l * B + r) * K + k)] += gradient * w.at(l, k * N + n);
          dw2[static_cast<size_t>((l * K + k) * N + n)] += gradient * x.at(l, r * K + k);
        }
      }
    }
  }
  compare("dense y", y, y2);
  compare("dense dx", dx, dx2);
  compare("dense dw", dw, dw2);
  compare("dense db", db, db2);
}

shoal::Axis axis() {
  shoal::Axis a{};
  for (;;) {
    a = {pick(1, 14), pick(1, 5), pick(1, 4), pick(0, pick(0, 5) == 0 ? 60 : 4), pick(1, 3), 0};
    const int64_t room = a.size + a.pad + pick(0, 4) - (a.window - 1) * a.dilation - 1;
    if (room < 0) continue;
    a.out = room / a.stride + 1;
    return a;
  }
}

void check_conv() {
  const int64_t L = pick(1, 3), B = pick(0, 3), groups = pick(0, 2) == 0 ? pick(2, 3) : 1;
  const int64_t C = pick(0, 7) * groups, N = pick(0, pick(0, 1) ? 40 : 9) * groups;
  const shoal::Axis h = axis(), w = axis();
  const int64_t threads = pick(1, 8);
  const Bounds low = bounds(L, C), high = bounds(L, N);
  const shoal::ConvShape s{L, B, h, w, C, N, groups, low.per_lane(), high.per_lane()};
  const int64_t Cg = C / groups, Ng = N / groups, weights = h.window * w.window * Cg * N;
  const Operand x(L, B * s.image_in()), weight(L, weights), b(L, N), dy(L, B * s.image_out());
  auto y = unwritten(L * B * s.image_out()), dx = unwritten(L * B * s.image_in()),
       dw = unwritten(L * weights), db = unwritten(L * N);
  run(*shoal::conv_forward(s, x.per_lane(), weight.per_lane(), b.per_lane(), y.data(), threads));
  run(*shoal::conv_input_grad(s, dy.per_lane(), weight.per_lane(), dx.data(), threads));
  run(*shoal::conv_weight_grad(s, x.per_lane(), dy.per_lane(), dw.data(), db.data(), threads));
  std::vector<double> y2(y.size()), dx2(dx.size()), dw2(dw.size()), db2(db.size());
  for (int64_t l = 0; l < L; ++l) {
    for (int64_t i = 0; i < B; ++i) {
      for (int64_t q = 0; q < h.out; ++q) {
        for (int64_t p = 0; p < w.out; ++p) {
          for (int64_t n = 0; n < high.of(l, N); ++n) {
            const int64_t to = i * s.image_out() + (q * w.out + p) * N + n;
            const size_t out = static_cast<size_t>(l * B * s.image_out() + to);
            const double gradient = dy.at(l, to);
            y2[out] += b.at(l, n);
            db2[static_cast<size_t>(l * N + n)] += gradient;
            for (int64_t u = 0; u < h.window; ++u) {
              const int64_t row = q * h.stride - h.pad + u * h.dilation;
              if (row < 0 || row >= h.size) continue;
              for (int64_t v = 0; v < w.window; ++v) {
                const int64_t column = p * w.stride - w.pad + v * w.dilation;
                if (column < 0 || column >= w.size) continue;
                for (int64_t c = 0; c < Cg; ++c) {
                  const int64_t channel = n / Ng * Cg + c;
                  if (channel >= low.of(l, C)) continue;
                  const int64_t from =
                      i * s.image_in() + (row * w.size + column) * C + channel;
                  const int64_t tap = ((u * w.window + v) * Cg + c) * N + n;
                  y2[out] += x.at(l, from) * weight.at(l, tap);
                  dx2[static_cast<size_t>(l * B * s.image_in() + from)] +=
                      gradient * weight.at(l, tap);
                  dw2[static_cast<size_t>(l * weights + tap)] += gradient * x.at(l, from);
                }
              }
            }
          }
        }
      }
    }
  }
  compare("conv y", y, y2);
  compare("conv dx", dx, dx2);
  compare("conv dw", dw, dw2);
  compare("conv db", db, db2);
}

void check_pool() {
  const int64_t images = pick(0, 4);
  shoal::Axis h = axis(), w = axis();
  const shoal::Pooling p{h.size, w.size, pick(0, 40), h.window, w.window, h.stride,
                         w.stride, h.pad, w.pad, h.out, w.out};
  const int64_t in = p.height * p.width * p.channels, out = p.out_h * p.out_w * p.channels;
  const auto x = numbers(images * in), dy = numbers(images * out);
  const int64_t threads = pick(1, 8);
  auto y = unwritten(images * out), dx = unwritten(images * in), mean = unwritten(images * out),
       dmean = unwritten(images * in);
  using shoal::PoolKind;
  run(*shoal::pool(PoolKind::kMax, p, images, x.data(), nullptr, y.data(), threads));
  run(*shoal::pool(PoolKind::kMaxGrad, p, images, x.data(), dy.data(), dx.data(), threads));
  run(*shoal::pool(PoolKind::kAvg, p, images, x.data(), nullptr, mean.data(), threads));
  run(*shoal::pool(PoolKind::kAvgGrad, p, images, nullptr, dy.data(), dmean.data(), threads));
  std::vector<double> dx2(dx.size()), mean2(mean.size()), dmean2(dmean.size());
  for (int64_t o = 0; o < images * out; ++o) {
    const int64_t c = o % p.channels, column = o / p.channels % p.out_w,
                  row = o / p.channels / p.out_w % p.out_h, image = o / out;
    double best = -INFINITY, sum = 0;
    int64_t where = -1, count = 0;
    const auto each = [&](auto visit) {
      for (int64_t i = row * p.stride_h - p.pad_h; i < row * p.stride_h - p.pad_h + p.window_h;
           ++i) {
        for (int64_t j = column * p.stride_w - p.pad_w;
             j < column * p.stride_w - p.pad_w + p.window_w; ++j) {
          if (i < 0 || j < 0 || i >= p.height || j >= p.width) continue;
          visit(image * in + (i * p.width + j) * p.channels + c);
        }
      }
    };
    each([&](int64_t at) {
      ++count;
      sum += x[static_cast<size_t>(at)];
      if (x[static_cast<size_t>(at)] > best) {
        best = x[static_cast<size_t>(at)];
        where = at;
      }
    });
    if (!(y[static_cast<size_t>(o)] == static_cast<float>(best))) {
      std::fprintf(stderr, "max_pool y[%lld]\n", static_cast<long long>(o));
      std::exit(1);
    }
    const double gradient = dy[static_cast<size_t>(o)];
    if (where >= 0) dx2[static_cast<size_t>(where)] += gradient;
    if (count > 0) mean2[static_cast<size_t>(o)] = sum / static_cast<double>(count);
    each([&](int64_t at) {
      dmean2[static_cast<size_t>(at)] += gradient / static_cast<double>(count);
    });
  }
  compare("max_pool dx", dx, dx2);
  compare("avg_pool y", mean, mean2);
  compare("avg_pool dx", dmean, dmean2);
}

void check_rows() {
  const int64_t count = pick(0, 20), bytes = pick(0, 33), rows = pick(0, 40);
  std::vector<char> data(static_cast<size_t>(count * bytes));
  for (char& byte : data) byte = static_cast<char>(pick(-128, 127));
  std::vector<int32_t> index(static_cast<size_t>(rows));
  for (int32_t& i : index) i = static_cast<int32_t>(pick(-5, count + 5));
  std::vector<char> result(static_cast<size_t>(rows * bytes));
  run(*shoal::take_rows(data.data(), count, bytes, index.data(), rows, result.data(), 2));
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t from = std::max<int64_t>(0, std::min<int64_t>(index[r], count - 1));
    for (int64_t i = 0; i < bytes; ++i) {
      const char wanted = count == 0 ? 0 : data[static_cast<size_t>(from * bytes + i)];
      if (result[static_cast<size_t>(r * bytes + i)] != wanted) {
        std::fprintf(stderr, "take_rows[%lld]\n", static_cast<long long>(r));
        std::exit(1);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int seed = argc > 1 ? std::atoi(argv[1]) : 0;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 200;
  generator.seed(static_cast<unsigned>(seed));
  for (int i = 0; i < rounds; ++i) {
    check_dense();
    check_conv();
    check_pool();
    check_rows();
  }
  std::printf("%d rounds of every kernel on %s: no fault\n", rounds, shoal::kernels().name);
  return 0;
}
