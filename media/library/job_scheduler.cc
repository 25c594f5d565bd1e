#include "media/library/job_scheduler.h"

#include <algorithm>

#include "core/io/sleep.h"
#include "core/log.h"
#include "media/library/transcode_run.h"

namespace millrace::media::library {
namespace {

constexpr std::chrono::milliseconds kLookAgain{30'000};
constexpr std::chrono::seconds kNewsLatest{5};
constexpr std::chrono::milliseconds kDiskDelay{60'000};
// More than the attempts of a job: power cuts, and servers that are killed, are mostly no fault of
// the jobs that ran then.
constexpr uint32_t kInterruptionsMax = 5;

catalogue::Timestamp unix_now(const core::Clock& clock) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(clock.unix_now());
}

/// 2 s, 4 s, 8 s …: a machine that is short of memory now may not be then.
std::chrono::milliseconds delay_after(uint32_t attempts, std::chrono::milliseconds first) {
  return first * (int64_t{1} << std::min(attempts - std::min(attempts, 1U), 12U));
}

catalogue::VideoEdit failed_with(const worker::JobFailure& failure) {
  return [failure](catalogue::VideoRecord& video) {
    std::string detail(worker::advice(failure.reason));
    if (!failure.detail.empty()) detail += fmt::format(" ({})", failure.detail);
    video.state = catalogue::VideoState::kFailed;
    video.failure = catalogue::VideoFailure{.reason = std::string(to_string(failure.reason)),
                                            .detail = std::move(detail)};
    video.formats.clear();
    video.has_poster = false;
    video.storyboard.reset();
  };
}

}  // namespace

bool JobScheduler::has_place() const noexcept {
  return library_.workers().inside() < std::max(config_.workers.max, 1U);
}

core::Task<core::Result<std::optional<catalogue::JobRecord>>> JobScheduler::claim() {
  const catalogue::Timestamp now = unix_now(core::Core::current().clock());
  co_return co_await library_.with_catalogue(
      [now](catalogue::Catalogue& c) { return c.claim_job(now); });
}

core::Task<void> JobScheduler::run() {
  core::Core& core = core::Core::current();
  while (!core.stopping().requested()) {
    std::chrono::milliseconds least = core::Timers::kTick;
    if (has_place()) {
      // Taken before the catalogue is asked: an export could have it by the time of the answer.
      core::Gate::Pass place = library_.workers().enter();
      auto job = co_await claim();
      if (job && job->has_value()) {
        core.spawn(work_on(std::move(**job), running_.enter(), std::move(place)));
        continue;
      }
      if (!job) {
        core::log::event(core::log::Level::kError, "jobs.claim_failed", {{"error", job.error()}});
        least = config_.workers.retry_delay;
      }
    }
    co_await wait_for_work(least);
  }
  co_await running_.empty();
}

core::Task<void> JobScheduler::wait_for_work(std::chrono::milliseconds least) {
  core::Core& core = core::Core::current();
  const auto next =
      co_await library_.with_catalogue([](catalogue::Catalogue& c) { return c.next_job_time(); });
  std::chrono::milliseconds until = kLookAgain;
  if (has_place() && next && next->has_value()) {
    const auto due = **next - unix_now(core.clock());
    until = std::clamp<std::chrono::milliseconds>(due, std::min(least, kLookAgain), kLookAgain);
  }
  core::Cancellation woken;
  const core::CancelLink stop(core.stopping(), woken);
  class Alarm final : public core::Timer {
   public:
    explicit Alarm(core::Event& event)
        : Timer([](Timer* timer) noexcept { static_cast<Alarm*>(timer)->event_.notify_all(); }),
          event_(event) {}

   private:
    core::Event& event_;
  } alarm(library_.jobs_changed());
  core.timers().set(alarm, core.now() + until);
  static_cast<void>(co_await library_.jobs_changed().wait(&woken));
}

core::Task<void> JobScheduler::work_on(catalogue::JobRecord job, core::Gate::Pass /*running*/,
                                       core::Gate::Pass /*place*/) {
  co_await bring_to_its_end(job);
  library_.jobs_changed().notify_all();  // The place is free as well.
}

core::Task<void> JobScheduler::bring_to_its_end(const catalogue::JobRecord& job) {
  const core::Core& core = core::Core::current();
  core::Cancellation cancellation;
  const core::CancelLink stop(core::Core::current().stopping(), cancellation);
  const auto video = co_await find_video(job.video_id);
  // Removed between the claim and now, or the core ends.
  if (video == nullptr) co_return co_await put_back(job);
  if (job.interruptions >= kInterruptionsMax) {
    co_return co_await settle(job, {.reason = worker::FailureReason::kInterrupted,
                                    .detail = fmt::format("{} times", job.interruptions)});
  }
  library_.hold(job.video_id, cancellation);
  const core::MonotonicTime began = core.now();
  core::log::event(
      core::log::Level::kInfo, "jobs.started",
      {{"video", job.video_id}, {"attempt", job.attempts}, {"interruptions", job.interruptions}});
  TranscodeRun attempt(config_, library_, video);
  const TranscodeResult result = co_await attempt.run(cancellation);
  library_.let_go(job.video_id, cancellation);
  const std::chrono::duration<double> took = core.now() - began;
  if (result) {
    core::log::event(core::log::Level::kInfo, "jobs.finished",
                     {{"video", job.video_id}, {"seconds", took.count()}});
    // The finished tracks are there before those under construction go.
    co_await insist([&] { return library_.finish_job(job.id, *result); });
    co_await library_.announcer().announce(MakingEnded{.video_id = job.video_id});
  } else {
    // Before the job can be claimed again: the next attempt announces tracks of its own.
    co_await library_.announcer().announce(MakingEnded{.video_id = job.video_id});
    co_await settle(job, result.error());
  }
}

core::Task<core::Snapshot<catalogue::VideoRecord>> JobScheduler::find_video(std::string id) {
  // A job can be claimed in the moment between its commit and the news of its video.
  core::Core& core = core::Core::current();
  for (auto waited = core::Timers::kTick; waited < kNewsLatest; waited *= 2) {
    auto video = library_.find(id);
    if (video != nullptr) co_return video;
    if (!co_await core::io::Sleep(core, waited, &core.stopping())) break;
  }
  co_return library_.find(id);
}

core::Task<void> JobScheduler::settle(const catalogue::JobRecord& job,
                                      const worker::JobFailure& failure) {
  const core::Core& core = core::Core::current();
  core::log::event(core::log::Level::kWarning, "jobs.failed",
                   {{"video", job.video_id},
                    {"attempt", job.attempts},
                    {"reason", worker::to_string(failure.reason)},
                    {"detail", failure.detail}});
  if (failure.reason == worker::FailureReason::kCancelled) co_return co_await put_back(job);
  if (failure.reason == worker::FailureReason::kDiskShort) co_return co_await wait_for_disk(job);
  if (job.attempts < worker::attempts_worth(failure.reason, config_.workers.attempts_max)) {
    const catalogue::Timestamp again =
        unix_now(core.clock()) + delay_after(job.attempts, config_.workers.retry_delay);
    const catalogue::JobRetry retry{.job_id = job.id, .not_before = again, .error = failure.detail};
    co_await insist([&] { return library_.try_again(retry, job.video_id); });
    co_return;
  }
  co_await discard(job.video_id);
  co_await insist([&] { return library_.finish_job(job.id, failed_with(failure)); });
}

core::Task<void> JobScheduler::discard(const std::string& video_id) {
  const core::Result<> discarded = co_await library_.discard_processed(video_id);
  if (discarded) co_return;
  core::log::event(core::log::Level::kError, "library.files_left",
                   {{"video", video_id}, {"error", discarded.error()}});
}

/// For as long as it takes: the job did nothing wrong. What it has made goes, so that there is room
/// for others.
core::Task<void> JobScheduler::wait_for_disk(const catalogue::JobRecord& job) {
  co_await discard(job.video_id);
  const catalogue::JobRetry retry{
      .job_id = job.id,
      .not_before = unix_now(core::Core::current().clock()) +
                    std::max(kDiskDelay, config_.workers.retry_delay),
      .error = std::string(worker::advice(worker::FailureReason::kDiskShort)),
      .attempt = catalogue::Attempt::kForgiven};
  co_await insist([&] { return library_.try_again(retry, job.video_id); });
}

/// Its video was removed, and the job with it; or the server ends in order, which is no fault of
/// the job: only one that it finds running at its start was cut short by its death.
core::Task<void> JobScheduler::put_back(const catalogue::JobRecord& job) {
  const catalogue::JobRetry retry{.job_id = job.id,
                                  .not_before = job.not_before,
                                  .error = job.last_error,
                                  .attempt = catalogue::Attempt::kForgiven};
  // Nobody is told: the cores end as well.
  const core::Result<> queued =
      co_await library_.with_catalogue([&](catalogue::Catalogue& c) { return c.retry_job(retry); });
  if (queued || queued.error().code == core::ErrorCode::kNotFound) co_return;
  core::log::event(core::log::Level::kError, "jobs.not_put_back", {{"error", queued.error()}});
}

template <class Change>
core::Task<void> JobScheduler::insist(Change change) {
  core::Core& core = core::Core::current();
  for (;;) {
    const core::Result<> done = co_await change();
    if (done || done.error().code == core::ErrorCode::kNotFound) co_return;  // Removed meanwhile.
    core::log::event(core::log::Level::kError, "jobs.outcome_not_stored",
                     {{"error", done.error()}});
    const core::Result<> waited =
        co_await core::io::Sleep(core, config_.workers.retry_delay, &core.stopping());
    if (!waited) co_return;  // The job is done again at the next start.
  }
}

}  // namespace millrace::media::library
