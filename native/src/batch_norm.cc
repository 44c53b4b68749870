#include "batch_norm.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>
#include <vector>

#include "kernels.h"

namespace shoal {

namespace {

constexpr int64_t kBlock = 128;  // rows that are near while they are looked at twice

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

size_t many(int64_t count) { return static_cast<size_t>(count); }

// Calls visit(first, count, whether they count) for the rows of [begin, end) in blocks.
template <typename Visit>
void by_blocks(const BatchNormShape& shape, int64_t lane, Range rows, const Visit& visit,
               int64_t block = kBlock) {
  const float* weight = shape.weight.of(lane);
  const int64_t each = shape.rows / std::max<int64_t>(shape.examples, 1);
  const auto counts = [&](int64_t row) { return weight[row / each] != 0.0f; };
  for (int64_t r = rows.begin; r < rows.end;) {
    const bool here = counts(r);
    const int64_t most = std::min(r + block, rows.end);
    int64_t until = std::min(most, (r / each + 1) * each);
    while (until < most && counts(until) == here) until = std::min(most, until + each);
    visit(r, until - r, here);
    r = until;
  }
}

// Means and sums of squares of parts, joined to those of the whole.
struct Joined {
  double count = 0.0;
  Doubles mean, squares;
  explicit Joined(int64_t columns) : mean(many(columns)), squares(many(columns)) {}

  // More numbers, by the sums of what is apart from a center near their mean (none: that is
  // their mean) and of its squares.
  void add(double more, const float* center, const float* sums, const float* more_squares) {
    if (more == 0.0) return;
    const double share = more / (count + more), both = count * share, per = 1.0 / more;
    count += more;
    for (size_t c = 0; c < mean.size(); ++c) {
      const double sum = sums == nullptr ? 0.0 : static_cast<double>(sums[c]), off = sum * per;
      const double apart = static_cast<double>(center[c]) + off - mean[c];
      mean[c] += apart * share;
      squares[c] += static_cast<double>(more_squares[c]) - sum * off + apart * apart * both;
    }
  }
};

// A job whose lanes fall into shares of rows, or of segments.
class NormJob : public Job {
 public:
  BatchNormShape shape;

  bool run(const Chunk& chunk) const noexcept override {
    try {
      for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) one(lane, chunk);
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  void cut(int64_t cost, int64_t shares, int64_t threads) {
    std::vector<int64_t> costs;
    for (int64_t lane = 0; lane < shape.lanes; ++lane) {
      costs.push_back(shape.rows * cost * width(lane));
    }
    chunks = cut_evenly(costs, shares, threads);
  }

 protected:
  virtual void one(int64_t lane, const Chunk& chunk) const = 0;

  int64_t width(int64_t lane) const {
    return whole_vectors(active(shape.active, lane, shape.columns), shape.columns);
  }
  int64_t at(int64_t lane, int64_t segment) const {
    return (lane * shape.segments() + segment) * shape.columns;
  }
  Range rows_of(int64_t segment) const {
    const int64_t begin = segment * shape.segment();
    return {begin, std::min(begin + shape.segment(), shape.rows)};
  }
  Range rows_of(const Chunk& chunk) const {
    const int64_t band = shape.after.band();
    const Range bands = share_of(shape.rows / band, chunk.share, chunk.shares);
    return {bands.begin * band, bands.end * band};
  }
  // A row of windows over the rows of a band, and where its maxima lie.
  WindowRow windows() const {
    const AfterNorm& after = shape.after;
    WindowRow row{};
    row.window_h = after.height;
    row.window_w = after.width;
    row.windows = after.across / after.width;
    row.row = after.across * shape.columns;
    row.pixel = row.step = shape.columns;
    row.rectified = after.rectified;
    return row;
  }
  // The maxima of the rows from this one on.
  int64_t at_maxima(int64_t row) const { return row / shape.after.places() * shape.columns; }
  // Calls visit(rows, their first) for all, in blocks that are near, or bands.
  template <typename Visit>
  void in_steps(Normalized of, int64_t lane, Range rows, const Visit& visit) const {
    for (int64_t r = rows.begin; r < rows.end; r += step()) {
      of.x = shape.x.of(lane) + r * shape.columns;
      of.rows = std::min(step(), rows.end - r);
      visit(of, r);
    }
  }
  int64_t step() const { return shape.after.pooled() ? shape.after.band() : kBlock; }
  double counted(int64_t lane, Range rows) const {
    int64_t count = 0;
    by_blocks(shape, lane, rows,
              [&](int64_t, int64_t more, bool here) { count += here ? more : 0; });
    return static_cast<double>(count);
  }
  // 1 / sqrt(variance + epsilon) of each column, times its scale.
  static Floats slopes(const float* variance, float epsilon, const float* scale,
                       int64_t columns) {
    Floats slope(many(columns));
    for (size_t c = 0; c < slope.size(); ++c) {
      slope[c] = steepness(variance[c], epsilon) * scale[c];
    }
    return slope;
  }
  static float steepness(float variance, float epsilon) {
    return 1.0f / std::sqrt(variance + epsilon);
  }
  // Rows of so many columns, which rows yet to be told.
  Normalized normalized(int64_t wide, const float* mean, const float* slope,
                        const float* shift) const {
    return {nullptr, shape.columns, 0, wide, mean, slope, shift, shape.after.rectified};
  }
  template <typename T>
  void zero_rest(T* to, Range rows, int64_t from) const {
    zero_columns(to + rows.begin * shape.columns, rows.end - rows.begin, shape.columns, from,
                 shape.columns);
  }
};

class MomentsJob final : public NormJob {
 public:
  Moments to;

 private:
  void one(int64_t lane, const Chunk& chunk) const override {
    const int64_t wide = width(lane);
    const float* x = shape.x.of(lane);
    Floats means(many(wide)), sums(many(wide)), squares(many(wide));
    const Range segments = share_of(shape.segments(), chunk.share, chunk.shares);
    for (int64_t s = segments.begin; s < segments.end; ++s) {
      Joined joined(wide);
      by_blocks(shape, lane, rows_of(s), [&](int64_t row, int64_t count, bool here) {
        if (!here) return;
        const float* from = x + row * shape.columns;
        kernels().column_sums(from, shape.columns, count, wide, means.data(), false);
        const float per = 1.0f / static_cast<float>(count);
        for (float& mean : means) mean *= per;
        kernels().column_squares(from, shape.columns, count, wide, means.data(), sums.data(),
                                 squares.data());
        joined.add(static_cast<double>(count), means.data(), sums.data(), squares.data());
      });
      float* mean = to.means + at(lane, s);
      float* square = to.squares + at(lane, s);
      for (size_t c = 0; c < joined.mean.size(); ++c) {
        mean[c] = static_cast<float>(joined.mean[c]);
        square[c] = static_cast<float>(joined.squares[c]);
      }
      zero_rest(mean, {0, 1}, wide);
      zero_rest(square, {0, 1}, wide);
    }
  }
};

class ApplyJob final : public NormJob {
 public:
  BatchNormApply call;

 private:
  void one(int64_t lane, const Chunk& chunk) const override {
    const int64_t wide = width(lane);
    Joined joined(wide);
    for (int64_t s = 0; s < shape.segments(); ++s) {
      joined.add(counted(lane, rows_of(s)), call.means.of(lane) + s * shape.columns, nullptr,
                 call.squares.of(lane) + s * shape.columns);
    }
    const double count = std::max(joined.count, 1.0);
    Floats mean(many(wide)), variance(many(wide));
    for (size_t c = 0; c < mean.size(); ++c) {
      mean[c] = static_cast<float>(joined.mean[c]);
      variance[c] = static_cast<float>(std::max(joined.squares[c], 0.0) / count);
    }
    const Floats slope = slopes(variance.data(), *call.epsilon.of(lane), call.scale.of(lane), wide);
    const Normalized of = normalized(wide, mean.data(), slope.data(), call.shift.of(lane));
    const Range rows = rows_of(chunk);
    const int64_t first = lane * shape.maxima() * shape.columns;
    const WindowRow window = windows();
    in_steps(of, lane, rows, [&](const Normalized& some, int64_t row) {
      const int64_t to = first + at_maxima(row);
      if (shape.after.pooled()) return kernels().normalized_max(window, some, call.y + to, call.winner + to);
      kernels().normalize(some, call.y + to);
    });
    const Range left{rows.begin / shape.after.places(), rows.end / shape.after.places()};
    zero_rest(call.y + first, left, wide);
    if (shape.after.pooled()) zero_rest(call.winner + first, left, wide);
    if (chunk.share > 0) return;
    std::copy(mean.begin(), mean.end(), call.mean + lane * shape.columns);
    std::copy(variance.begin(), variance.end(), call.variance + lane * shape.columns);
    zero_rest(call.mean + lane * shape.columns, {0, 1}, wide);
    zero_rest(call.variance + lane * shape.columns, {0, 1}, wide);
  }
};

class SumsJob final : public NormJob {
 public:
  BatchNormSums call;

 private:
  void one(int64_t lane, const Chunk& chunk) const override {
    const int64_t wide = width(lane);
    Floats sums(many(wide)), products(many(wide));
    const Floats slope = slopes(call.from.variance.of(lane), *call.from.epsilon.of(lane),
                                call.from.scale.of(lane), wide);
    const Normalized of =
        normalized(wide, call.from.mean.of(lane), slope.data(), call.from.shift.of(lane));
    const WindowRow window = windows();
    const Range segments = share_of(shape.segments(), chunk.share, chunk.shares);
    for (int64_t s = segments.begin; s < segments.end; ++s) {
      Doubles sum(many(wide)), product(many(wide));
      const Range rows = rows_of(s);
      in_steps(of, lane, rows, [&](const Normalized& some, int64_t row) {
        const int64_t from = at_maxima(row);
        const float* dy = call.from.dy.of(lane) + from;
        if (shape.after.pooled()) {
          kernels().normalized_max_sums(window, some, dy, call.from.winner.of(lane) + from,
                                        sums.data(), products.data());
        } else {
          kernels().normalized_sums(some, dy, sums.data(), products.data());
        }
        for (size_t c = 0; c < sum.size(); ++c) {
          sum[c] += static_cast<double>(sums[c]);
          product[c] += static_cast<double>(products[c]);
        }
      });
      for (size_t c = 0; c < sum.size(); ++c) {
        call.sums[at(lane, s) + static_cast<int64_t>(c)] = static_cast<float>(sum[c]);
        call.products[at(lane, s) + static_cast<int64_t>(c)] = static_cast<float>(product[c]);
      }
      zero_rest(call.sums + at(lane, s), {0, 1}, wide);
      zero_rest(call.products + at(lane, s), {0, 1}, wide);
    }
  }
};

class GradJob final : public NormJob {
 public:
  BatchNormGrad call;

 private:
  void one(int64_t lane, const Chunk& chunk) const override {
    const int64_t wide = width(lane);
    Doubles sum(many(wide)), product(many(wide));
    for (int64_t s = 0; s < shape.segments(); ++s) {
      for (size_t c = 0; c < sum.size(); ++c) {
        const size_t from = many(s * shape.columns) + c;
        sum[c] += static_cast<double>(call.sums.of(lane)[from]);
        product[c] += static_cast<double>(call.products.of(lane)[from]);
      }
    }
    const double per = 1.0 / std::max(counted(lane, {0, shape.rows}), 1.0);
    const float* variance = call.from.variance.of(lane);
    const float epsilon = *call.from.epsilon.of(lane);
    const Floats slope = slopes(variance, epsilon, call.from.scale.of(lane), wide);
    // dx = slope * scale * (dy - mean of dy - (x - mean) * slope² * mean of dy * (x - mean)).
    Floats tilt(many(wide)), level(many(wide)), none(many(wide));
    for (size_t c = 0; c < slope.size(); ++c) {
      const double own = static_cast<double>(steepness(variance[c], epsilon));
      const double steep = -static_cast<double>(slope[c]) * per;
      level[c] = static_cast<float>(steep * sum[c]);
      tilt[c] = static_cast<float>(steep * own * own * product[c]);
      product[c] *= own;
    }
    if (chunk.share == 0) write_columns(lane, product, sum);
    float* dx = call.dx + lane * shape.rows * shape.columns;
    const WindowRow window = windows();
    const Normalized of =
        normalized(wide, call.from.mean.of(lane), slope.data(), call.from.shift.of(lane));
    by_blocks(shape, lane, rows_of(chunk), [&](int64_t begin, int64_t count, bool here) {
      const NormalizedSlopes by{(here ? tilt : none).data(), (here ? level : none).data()};
      in_steps(of, lane, {begin, begin + count}, [&](const Normalized& some, int64_t row) {
        const int64_t from = at_maxima(row);
        const float* dy = call.from.dy.of(lane) + from;
        float* to = dx + row * shape.columns;
        if (!shape.after.pooled()) return kernels().normalized_grad(some, by, dy, to);
        kernels().normalized_max_grad(window, some, by, dy, call.from.winner.of(lane) + from, to);
      });
    }, step());
    zero_rest(dx, rows_of(chunk), wide);
  }

  void write_columns(int64_t lane, const Doubles& scale, const Doubles& shift) const {
    float* dscale = call.dscale + lane * shape.columns;
    float* dshift = call.dshift + lane * shape.columns;
    for (size_t c = 0; c < scale.size(); ++c) {
      dscale[c] = static_cast<float>(scale[c]);
      dshift[c] = static_cast<float>(shift[c]);
    }
    const int64_t wide = static_cast<int64_t>(scale.size());
    zero_rest(dscale, {0, 1}, wide);
    zero_rest(dshift, {0, 1}, wide);
  }
};

template <typename Made, typename Call>
std::unique_ptr<Job> make(const BatchNormShape& shape, const Call& call, Call Made::* member,
                          int64_t cost, int64_t shares, int64_t threads) {
  auto job = std::make_unique<Made>();
  job->shape = shape;
  (*job).*member = call;
  job->cut(cost, shares, threads);
  return job;
}

}  // namespace

std::unique_ptr<Job> batch_norm_moments(const BatchNormShape& shape, const Moments& to,
                                        int64_t threads) {
  return make<MomentsJob>(shape, to, &MomentsJob::to, 2, shape.segments(), threads);
}

std::unique_ptr<Job> batch_norm_apply(const BatchNormShape& shape, const BatchNormApply& call,
                                      int64_t threads) {
  return make<ApplyJob>(shape, call, &ApplyJob::call, 2, std::max<int64_t>(shape.rows, 1), threads);
}

std::unique_ptr<Job> batch_norm_sums(const BatchNormShape& shape, const BatchNormSums& call,
                                     int64_t threads) {
  return make<SumsJob>(shape, call, &SumsJob::call, 3, shape.segments(), threads);
}

std::unique_ptr<Job> batch_norm_grad(const BatchNormShape& shape, const BatchNormGrad& call,
                                     int64_t threads) {
  return make<GradJob>(shape, call, &GradJob::call, 4, std::max<int64_t>(shape.rows, 1), threads);
}

}  // namespace shoal
