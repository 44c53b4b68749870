// Jobs on the threads of XLA's pool.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "bind.h"

namespace shoal {

namespace {

// Tells the processor that this thread only waits.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

class Run {
 public:
  explicit Run(std::unique_ptr<Job> work)
      : job_(std::move(work)), unfinished_(static_cast<int64_t>(job_->chunks.size())) {}

  ffi::Future done() { return ffi::Future(promise_); }

  // Takes chunks until none is left. Whoever finishes the last one completes: true.
  bool take_chunks() {
    const int64_t count = static_cast<int64_t>(job_->chunks.size());
    bool last = false;
    for (int64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count;) {
      if (!job_->run(job_->chunks[static_cast<size_t>(i)])) {
        failed_.store(true, std::memory_order_relaxed);
      }
      last = unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1;
      if (last) complete();
    }
    return last;
  }

 private:
  void complete() {
    if (failed_.load(std::memory_order_relaxed)) {
      promise_.SetError(ffi::Error(ffi::ErrorCode::kResourceExhausted, "shoal kernel: no memory"));
    } else {
      promise_.SetAvailable();
    }
  }

  std::unique_ptr<Job> job_;
  std::atomic<int64_t> next_{0};
  std::atomic<int64_t> unfinished_;
  std::atomic<bool> failed_{false};
  ffi::Promise promise_;
};

// The latest run, and the helpers that look out for the next one. To wake a sleeping thread
// takes tens of microseconds, more than many a run's whole work, and the next run begins
// soon after the last: so a helper stays awake a little while. It waits for nobody: what
// nobody helps with, the thread that began it does alone.
class Board {
 public:
  static Board& only() {
    static Board& board = *new Board;  // never destroyed: threads may outlive the process' end
    return board;
  }

  void post(const std::shared_ptr<Run>& run) {
    std::atomic_store(&latest_, run);
    posted_.fetch_add(1, std::memory_order_release);
  }

  int64_t lookouts() const { return lookouts_.load(std::memory_order_relaxed); }

  // Helps with a run, and with those that are posted soon after its end.
  void help(std::shared_ptr<Run> run) {
    int64_t seen = posted();
    while (!run->take_chunks()) {
      run.reset();
      if (!look_out(seen)) return;
      seen = posted();  // first: a run that is posted now is taken, or seen later
      run = std::atomic_load(&latest_);
    }
  }

 private:
  int64_t posted() const { return posted_.load(std::memory_order_acquire); }

  // Whether a run has been posted since.
  bool look_out(int64_t seen) {
    constexpr auto kPatience = std::chrono::microseconds(60);
    lookouts_.fetch_add(1, std::memory_order_relaxed);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (posted() == seen && std::chrono::steady_clock::now() < until) {
      relax();
    }
    lookouts_.fetch_sub(1, std::memory_order_relaxed);
    return posted() != seen;
  }

  std::shared_ptr<Run> latest_;
  std::atomic<int64_t> posted_{0}, lookouts_{0};
};

}  // namespace

Completion run(std::unique_ptr<Job> job, ffi::ThreadPool& pool) {
  const int64_t chunks = static_cast<int64_t>(job->chunks.size());
  if (chunks <= 1) {
    for (const Chunk& chunk : job->chunks) {
      if (!job->run(chunk)) {
        return {ffi::Error(ffi::ErrorCode::kResourceExhausted, "shoal kernel: no memory")};
      }
    }
    return {ffi::Error::Success()};
  }
  auto shared = std::make_shared<Run>(std::move(job));
  ffi::Future done = shared->done();
  Board& board = Board::only();
  const int64_t helpers = std::min(pool.num_threads(), chunks) - 1;
  const int64_t asleep = helpers - board.lookouts();
  board.post(shared);
  for (int64_t i = 0; i < asleep; ++i) {
    pool.Schedule([shared] { Board::only().help(shared); });
  }
  shared->take_chunks();
  return {std::move(done)};
}

}  // namespace shoal
