#include "chain_course.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "course_by_rows.h"
#include "course_by_units.h"

namespace shoal {

namespace {

// Way: how a lane's steps are computed.
template <class Way>
class CourseJob final : public ChainJob {
 public:
  CourseJob(ChainCourse course, int64_t threads)
      : ChainJob(course.chain), course_(std::move(course)), way_(course_) {
    std::vector<std::pair<int64_t, int64_t>> dear;  // cost and lane
    for (int64_t lane = 0; lane < chain_.lanes; ++lane) dear.push_back({-step_cost(lane), lane});
    // The dearest first, so that none of them is left over when all other work is done.
    std::sort(dear.begin(), dear.end());
    if (threads <= 1) {
      chunks = {{0, chain_.lanes, 0, 1}};
      return;
    }
    for (const auto& each : dear) chunks.push_back({each.second, each.second + 1, 0, 1});
  }

  bool run(const Chunk& chunk) const noexcept override {
    typename Way::Work work(way_);
    CourseBatch batch(course_.batches, chain_.batch, chain_.inputs, width(depth() - 1));
    if (!way_.reserve(&work) || !batch.reserve()) return false;
    for (int64_t lane = chunk.begin; lane < chunk.end; ++lane) {
      if (course_.batches.steps == 0 || !course_.progress.alive[lane]) continue;
      way_.begin(lane, work);
      const int32_t first = course_.progress.step[lane];
      for (int64_t s = 0; s < course_.batches.steps && course_.progress.alive[lane]; ++s) {
        step(lane, s, first, batch, work);
      }
      way_.end(lane, work);
    }
    return true;
  }

 private:
  // Of one step: forward, both ways back, and the update.
  int64_t step_cost(int64_t lane) const {
    int64_t weights = 0;
    for (int64_t i = 0; i < depth(); ++i) weights += used(i - 1, lane) * used(i, lane);
    return lane_cost(lane, 3) + update_cost(course_.kind) * weights;
  }

  void step(int64_t lane, int64_t s, int32_t first, const CourseBatch& batch,
            typename Way::Work& work) const {
    const Progress& progress = course_.progress;
    const float count = batch.take(lane, s);
    const float cost = way_.cost(lane, progress.step[lane], batch, work);
    if (!std::isfinite(cost)) {
      progress.first_bad_step[lane] = progress.step[lane];
      progress.alive[lane] = 0;
      return;
    }
    if (count <= 0) return;
    const float* numbers = course_.numbers.of(lane) + (progress.step[lane] - first) * kNumbers;
    way_.descend(lane, *reinterpret_cast<const UpdateNumbers*>(numbers), batch, work);
    progress.step[lane] += 1;
    progress.loss_sum[lane] += cost * count;
    progress.examples[lane] += count;
  }

  ChainCourse course_;
  Way way_;
};

}  // namespace

std::unique_ptr<Job> chain_course(ChainCourse course, int64_t threads) {
  if (CourseByUnits::suits(course.chain)) {
    return std::make_unique<CourseJob<CourseByUnits>>(std::move(course), threads);
  }
  return std::make_unique<CourseJob<CourseByRows>>(std::move(course), threads);
}

}  // namespace shoal
