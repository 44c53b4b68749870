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

// How long a thread stays awake for what other threads are about to do: about as long as it
// takes to wake a sleeping one, which is more than many a run's whole work.
class Patience {
 public:
  bool ends() const { return std::chrono::steady_clock::now() >= until_; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point until_ = Clock::now() + std::chrono::microseconds(60);
};

// One job. The thread that began it leads; others help.
class Run {
 public:
  explicit Run(std::unique_ptr<Job> work)
      : job_(std::move(work)), unfinished_(static_cast<int64_t>(job_->chunks.size()) + 1) {}

  // Takes chunks until none is left, and stays for those that others have begun: what follows
  // is then on this thread, and the helpers look out for it. It stays for chunks that are
  // being worked on, and not for long; after that whoever finishes the last one completes.
  Completion lead() {
    take_chunks();
    for (const Patience patience; unfinished() > 1 && !patience.ends();) relax();
    if (unfinished() == 1) return {error()};
    ffi::Future done(promise_);
    if (finish_one()) return {error()};
    return {std::move(done)};
  }

  // Takes chunks until none is left. True if it completed the run, and with it what follows.
  bool help() {
    helped_.store(true, std::memory_order_relaxed);
    if (!take_chunks()) return false;
    ffi::Error failure = error();
    if (failure.success()) {
      promise_.SetAvailable();
    } else {
      promise_.SetError(std::move(failure));
    }
    return true;
  }

  bool helped() const { return helped_.load(std::memory_order_relaxed); }

 private:
  int64_t unfinished() const { return unfinished_.load(std::memory_order_acquire); }

  // True for the last of the chunks and the leader.
  bool finish_one() { return unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

  bool take_chunks() {
    const int64_t count = static_cast<int64_t>(job_->chunks.size());
    bool last = false;
    for (int64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count;) {
      if (!job_->run(job_->chunks[static_cast<size_t>(i)])) {
        failed_.store(true, std::memory_order_relaxed);
      }
      last = finish_one();
    }
    return last;
  }

  ffi::Error error() const {
    if (!failed_.load(std::memory_order_relaxed)) return ffi::Error::Success();
    return ffi::Error(ffi::ErrorCode::kResourceExhausted, "shoal kernel: no memory");
  }

  std::unique_ptr<Job> job_;
  std::atomic<int64_t> next_{0};
  std::atomic<int64_t> unfinished_;  // chunks, and one for the leader while it is there
  std::atomic<bool> failed_{false}, helped_{false};
  ffi::Promise promise_;
};

// The latest run, and the helpers that look out for the next one, which begins soon after the
// last. Nobody is waited for: what nobody helps with, the thread that began it does alone.
class Board {
 public:
  static Board& only() {
    static Board& board = *new Board;  // never destroyed: threads may outlive the process' end
    return board;
  }

  // Puts up a run for `helpers` threads, and leads it.
  Completion lead(std::unique_ptr<Job> job, int64_t helpers, ffi::ThreadPool& pool) {
    auto run = std::make_shared<Run>(std::move(job));
    const int64_t asleep = helpers - (unanswered_ ? 0 : lookouts_.load());
    std::atomic_store(&latest_, run);
    posted_.fetch_add(1, std::memory_order_release);
    for (int64_t i = 0; i < asleep; ++i) {
      pool.Schedule([run] { Board::only().help(run); });
    }
    Completion completion = run->lead();
    unanswered_ = !run->helped();
    return completion;
  }

 private:
  // Helps with a run, and with those that are posted soon after its end.
  void help(std::shared_ptr<Run> run) {
    int64_t seen = posted();
    while (!run->help()) {
      run.reset();
      if (!look_out(seen)) return;
      seen = posted();  // first: a run that is posted now is taken, or seen later
      run = std::atomic_load(&latest_);
    }
  }

  int64_t posted() const { return posted_.load(std::memory_order_acquire); }

  // Whether a run has been posted since.
  bool look_out(int64_t seen) {
    ++lookouts_;
    for (const Patience patience; posted() == seen && !patience.ends();) relax();
    --lookouts_;
    return posted() != seen;
  }

  std::shared_ptr<Run> latest_;
  std::atomic<int64_t> posted_{0}, lookouts_{0};
  // Whether nobody came to the last run. A helper on the very processor that the leader
  // keeps busy looks out in vain; then others are woken, who find a free one.
  std::atomic<bool> unanswered_{false};
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
  const int64_t helpers = std::min(pool.num_threads(), chunks) - 1;
  return Board::only().lead(std::move(job), helpers, pool);
}

}  // namespace shoal
