#include "media/api/video_events.h"

#include "core/core.h"
#include "media/api/video_json.h"

namespace millrace::media::api {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};

/// Wakes an event's waiters when its time has come.
class Heartbeat final : public core::Timer {
 public:
  explicit Heartbeat(core::Event& event)
      : Timer([](Timer* timer) noexcept { static_cast<Heartbeat*>(timer)->beat(); }),
        event_(event) {
    core::Core& core = core::Core::current();
    core.timers().set(*this, core.now() + kHeartbeat);
  }
  [[nodiscard]] bool due() const noexcept { return due_; }

 private:
  void beat() noexcept {
    due_ = true;
    event_.notify_all();
  }

  core::Event& event_;
  bool due_ = false;
};

}  // namespace

std::string VideoEvents::news() {
  const auto video = shelf_.find(id_);
  if (video == nullptr) {
    ended_ = true;
    return "";
  }
  const library::Making* making = shelf_.making(id_);
  std::string state(to_string(video->state));
  // What a player can do changed too when the first or another rendition can be watched.
  if (is_watchable(*video, making)) state += " watchable";
  if (making != nullptr) state += std::to_string(making->rendition_count());
  std::string json = video_json(*video, making);
  if (json == last_json_ && state == last_state_) return "";
  const std::string_view name = state == last_state_ ? "progress" : "state";
  std::string event = fmt::format("event: {}\ndata: {}\n\n", name, json);
  last_state_ = std::move(state);
  last_json_ = std::move(json);
  ended_ = video->state == catalogue::VideoState::kReady ||
           video->state == catalogue::VideoState::kFailed;
  return event;
}

core::Task<core::Result<std::string>> VideoEvents::next(core::Cancellation& cancellation) {
  if (ended_) co_return std::string();
  Heartbeat heartbeat(watch_.changed());
  for (;;) {
    std::string event = news();
    if (!event.empty() || ended_) co_return event;
    if (heartbeat.due()) co_return std::string(": still here\n\n");
    const core::Result<> woken = co_await watch_.changed().wait(&cancellation);
    if (!woken) co_return std::unexpected(woken.error());
  }
}

}  // namespace millrace::media::api
