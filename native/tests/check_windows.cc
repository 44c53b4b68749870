#include "random_shapes.h"

#include "conv.h"
#include "pool.h"
#include "resample.h"

namespace check {

namespace {

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

// Windows of 3 side by side, and as many outputs as make tiles worth while.
shoal::Axis tiled_axis() {
  const int64_t size = pick(7, 10), pad = pick(0, 2);
  return {size, 3, 1, pad, 1, size + pad + pick(0, 2) - 2};
}

}  // namespace

void convolution() {
  const bool tiled = pick(0, 20) == 0;
  const int64_t L = tiled ? 1 : pick(1, 3), B = tiled ? pick(1, 2) : pick(0, 3);
  const int64_t groups = !tiled && pick(0, 2) == 0 ? pick(2, 3) : 1;
  const int64_t C = tiled ? pick(60, 70) : pick(0, 7) * groups;
  const int64_t N = tiled ? pick(60, 70) : pick(0, pick(0, 1) ? 40 : 9) * groups;
  const shoal::Axis h = tiled ? tiled_axis() : axis(), w = tiled ? tiled_axis() : axis();
  const int64_t threads = pick(1, 8);
  const Bounds low = bounds(L, C), high = bounds(L, N);
  const shoal::ConvShape s{L, B, h, w, C, N, groups, low.per_lane(), high.per_lane()};
  const int64_t Cg = C / groups, Ng = N / groups, weights = h.window * w.window * Cg * N;
  const Operand x(L, B * s.image_in()), weight(L, weights), b(L, N), dy(L, B * s.image_out());
  auto y = unwritten(L * B * s.image_out()), dx = unwritten(L * B * s.image_in()),
       dw = unwritten(L * weights), db = unwritten(L * N);
  run(*shoal::conv_forward(s, x.per_lane(), weight.per_lane(), b.per_lane(), y.data(), threads));
  run(*shoal::conv_input_grad(s, {dy.per_lane(), {}, {}}, weight.per_lane(), dx.data(), threads));
  run(*shoal::conv_weight_grad(s, x.per_lane(), {dy.per_lane(), {}, {}}, dw.data(), db.data(), threads));
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

// Against the map and the maximum, each of which is checked by itself.
void convolution_under_windows() {
  const bool single = pick(0, 2) == 0;
  const int64_t L = pick(1, 3), B = pick(0, 3), groups = !single && pick(0, 2) == 0 ? 2 : 1;
  const int64_t C = single ? 1 : pick(0, 7) * groups, N = pick(0, pick(0, 1) ? 40 : 9) * groups;
  shoal::Axis h = axis(), w = axis();
  if (single) {
    const int64_t side = pick(0, 1) ? 3 : 5;
    h = {pick(side, 14), side, 1, 0, 1, 0};
    w = {pick(side, 14), side, 1, 0, 1, 0};
    h.out = h.size - side + 1;
    w.out = w.size - side + 1;
  }
  const shoal::Windows windows{single ? 2 : pick(1, 3), single ? 2 : pick(1, 4), pick(0, 1) == 1};
  h.out -= h.out % windows.height;
  w.out -= w.out % windows.width;
  const int64_t threads = pick(1, 8);
  const Bounds low = bounds(L, C), high = bounds(L, N);
  const shoal::ConvShape s{L, B, h, w, C, N, groups, low.per_lane(), high.per_lane()};
  const int64_t weights = h.window * w.window * (C / groups) * N;
  const int64_t small = s.image_out() / (windows.height * windows.width);
  const Operand x(L, B * s.image_in()), weight(L, weights), b(L, N);
  const Operand dy(L, B * small, false);
  auto y = unwritten(L * B * small), map = unwritten(L * B * s.image_out());
  std::vector<uint8_t> winner(y.size(), 255);
  run(*shoal::conv_max(s, windows, x.per_lane(), weight.per_lane(), b.per_lane(), y.data(),
                       winner.data(), threads));
  run(*shoal::conv_forward(s, x.per_lane(), weight.per_lane(), b.per_lane(), map.data(), threads));
  std::vector<double> y2(y.size());
  std::vector<float> dmap(map.size());
  const int64_t across = w.out / windows.width;
  for (int64_t o = 0; o < L * B * small; ++o) {
    const int64_t n = o % N, column = o / N % across, row = o / N / across % (h.out / windows.height),
                  image = o / small;
    double best = -INFINITY;
    int64_t where = 0;
    for (int64_t p = 0; p < windows.height * windows.width; ++p) {
      const int64_t at = image * s.image_out() +
                         ((row * windows.height + p / windows.width) * w.out +
                          column * windows.width + p % windows.width) * N + n;
      if (map[static_cast<size_t>(at)] > best) {
        best = map[static_cast<size_t>(at)];
        where = at;
      }
    }
    const bool cut = windows.rectified && best <= 0;
    y2[static_cast<size_t>(o)] = cut ? 0 : best;
    if (!cut) dmap[static_cast<size_t>(where)] = dy.values[static_cast<size_t>(o)];
  }
  compare("conv_max y", y, y2);
  const shoal::MapGradient spread{
      dy.per_lane(), {winner.data(), L, B * small}, windows};
  const shoal::MapGradient plain{{dmap.data(), L, B * s.image_out()}, {}, {}};
  auto dx = unwritten(L * B * s.image_in()), dx2 = dx, dw = unwritten(L * weights), dw2 = dw,
       db = unwritten(L * N), db2 = db;
  run(*shoal::conv_input_grad(s, spread, weight.per_lane(), dx.data(), threads));
  run(*shoal::conv_input_grad(s, plain, weight.per_lane(), dx2.data(), threads));
  run(*shoal::conv_weight_grad(s, x.per_lane(), spread, dw.data(), db.data(), threads));
  run(*shoal::conv_weight_grad(s, x.per_lane(), plain, dw2.data(), db2.data(), threads));
  compare("conv_max dx", dx, {dx2.begin(), dx2.end()});
  compare("conv_max dw", dw, {dw2.begin(), dw2.end()});
  compare("conv_max db", db, {db2.begin(), db2.end()});
}

void pooling() {
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

void resampling() {
  const int64_t images = pick(0, 3), places = pick(0, 40);
  const shoal::Sampling s{pick(1, 7), pick(1, 9), pick(0, 4), places};
  const auto x = numbers(images * s.height * s.width * s.channels);
  auto at = numbers(images * places * 2);
  for (float& place : at) place = pick(0, 20) == 0 ? std::nanf("") : place * 12.0f;
  auto y = unwritten(images * places * s.channels);
  run(*shoal::resample(s, images, x.data(), at.data(), y.data(), pick(1, 8)));
  const auto inside = [](double place, int64_t size) {
    return place > 0 ? std::fmin(place, static_cast<double>(size - 1)) : 0.0;
  };
  std::vector<double> y2;
  for (int64_t p = 0; p < images * places; ++p) {
    const double row = inside(at[static_cast<size_t>(2 * p)], s.height);
    const double column = inside(at[static_cast<size_t>(2 * p + 1)], s.width);
    for (int64_t c = 0; c < s.channels; ++c) {
      double sum = 0.0;
      for (int64_t i = 0; i < s.height; ++i) {
        for (int64_t j = 0; j < s.width; ++j) {
          const double weight = std::fmax(0.0, 1.0 - std::fabs(row - static_cast<double>(i))) *
                                std::fmax(0.0, 1.0 - std::fabs(column - static_cast<double>(j)));
          const int64_t from = ((p / places * s.height + i) * s.width + j) * s.channels + c;
          sum += weight * x[static_cast<size_t>(from)];
        }
      }
      y2.push_back(sum);
    }
  }
  compare("resample", y, y2);
}

}  // namespace check
