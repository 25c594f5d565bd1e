// What a program that runs is told: take over a configuration, hand over to a successor, stop.
#include <fcntl.h>

#include "core/config_reload.h"
#include "core/io/sleep.h"
#include "core/log.h"
#include "core/machine_load.h"
#include "tools/millrace/program.h"

namespace millrace {
namespace {

constexpr std::chrono::seconds kWatchInterval{1};

/// Runs a task on a core, for a thread that has none; frees itself.
class Posted final : public core::Mail {
 public:
  Posted(core::Core& core, std::function<core::Task<void>()> task)
      : Mail([](Mail* mail) noexcept {
          const std::unique_ptr<Posted> posted(static_cast<Posted*>(mail));
          posted->core_.spawn(posted->task_());
        }),
        core_(core),
        task_(std::move(task)) {}

 private:
  core::Core& core_;
  std::function<core::Task<void>()> task_;
};

int64_t seconds_of(core::MonotonicTime time) noexcept {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

core::Task<void> Program::run_jobs() {
  co_await scheduler_->run();
  jobs_ended_ = true;
}

core::Task<void> Program::watch_machine() {
  core::Core& home = core::Core::current();
  for (;;) {
    const auto load = co_await control_.run([] { return core::sample_machine_load(); });
    if (load) {
      machine_gauges_.show(*load, scheduler_->running_count() + exporter_->export_count());
      for (size_t i = 0; i < sites_.size(); ++i) {
        static_cast<void>(co_await core::run_on(cores_->at(i), [&, i] {
          if (sites_[i] != nullptr) sites_[i]->observe(*load);
        }));
      }
      last_alive_s_.store(seconds_of(clock_.now()), std::memory_order_relaxed);
    }
    if (!co_await core::io::Sleep(home, kWatchInterval, &home.stopping())) co_return;
  }
}

bool Program::was_alive_within(std::chrono::seconds time) const noexcept {
  return seconds_of(clock_.now()) - last_alive_s_.load(std::memory_order_relaxed) <= time.count();
}

void Program::reload(const core::Config& wanted) {
  const auto shared = std::make_shared<const core::Config>(wanted);
  home_->deliver(new Posted(*home_, [this, shared] { return take_over(shared); }));
}

core::Task<void> Program::take_over(core::Snapshot<core::Config> wanted) {
  const core::ConfigChange change = core::take_reloadable_keys(config_, *wanted);
  core::log::set_level(config_.log.level);
  if (access_spool_ == nullptr && config_.access_log.mode != core::AccessLogMode::kOff) {
    const auto opened = co_await control_.run([this] { return open_access_log(); });
    if (opened && !*opened) {
      core::log::event(core::log::Level::kError, "config.access_log_failed",
                       {{"reason", opened->error()}});
    }
  }
  const core::Config taken = config_;
  for (size_t i = 0; i < sites_.size(); ++i) {
    static_cast<void>(co_await core::run_on(cores_->at(i), [&, i] {
      if (sites_[i] != nullptr) sites_[i]->configure(taken, access_spool_.get());
    }));
  }
  core::log::event(core::log::Level::kInfo, "config.reloaded",
                   {{"applied", change.applied}, {"needs_restart", change.needs_restart}});
  library_->jobs_changed().notify_all();  // There may be more places for workers.
}

void Program::reload_certificates() {
  if (tls_contexts_) home_->deliver(new Posted(*home_, [this] { return reload_tls(); }));
}

core::Task<void> Program::reload_tls() {
  std::vector<core::Core*> cores;
  for (size_t i = 0; i < sites_.size(); ++i) cores.push_back(&cores_->at(i));
  const http::tls::ContextTaker taker{
      .self = this,
      .take = [](void* self, size_t core_index, core::Snapshot<http::tls::TlsContext> context) {
        const auto& site = static_cast<Program*>(self)->sites_[core_index];
        if (site != nullptr) site->tls()->use(std::move(context));  // Null: the server is stopping.
      }};
  const auto reloaded = co_await tls_contexts_->reload(control_, std::move(cores), taker);
  if (reloaded) co_return;
  core::log::event(core::log::Level::kError, "tls.certificates_refused",
                   {{"why", reloaded.error()}});
}

core::Task<void> Program::fall_quiet(core::Core& core) {
  co_await sites_[core.index()]->fall_quiet();
  if (&core == home_) {
    while (!jobs_ended_) static_cast<void>(co_await core::io::Sleep(core, core::Timers::kTick));
  }
  const std::scoped_lock lock(mutex_);
  for (const int socket : sites_[core.index()]->sockets()) {
    handed_over_.emplace_back(::fcntl(socket, F_DUPFD_CLOEXEC, 3));
  }
  ++quiet_count_;
  opened_changed_.notify_all();
}

std::vector<core::UniqueFd> Program::hand_over() {
  handing_over_ = true;
  cores_->request_stop();
  std::unique_lock lock(mutex_);
  opened_changed_.wait(lock, [this] { return quiet_count_ == sites_.size(); });
  std::vector<core::UniqueFd> sockets = std::move(handed_over_);
  lock.unlock();
  // Every change of the store passes through the control thread: there is none after this.
  control_.retire();
  catalogue_.reset();
  return sockets;
}

void Program::stop() noexcept {
  if (cores_ == nullptr) return;
  cores_->request_stop();
  cores_->join();
  cores_.reset();
}

}  // namespace millrace
