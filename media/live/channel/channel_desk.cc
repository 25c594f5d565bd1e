#include "media/live/channel/channel_desk.h"

#include <utility>

#include "core/hash.h"
#include "core/io/sleep.h"
#include "core/log.h"

namespace millrace::media::live {
namespace {

using core::Core;
using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

/// The bytes of a publisher go to the home core of its channel while the publisher's connection
/// waits, so they need not be copied on the way.
class RemoteFeed final : public IngestFeed {
 public:
  RemoteFeed(Core& home, std::shared_ptr<EncoderRun> run) noexcept
      : home_(home), run_(std::move(run)) {}
  ~RemoteFeed() override {
    if (run_ != nullptr) Core::current().spawn(end(home_, std::move(run_), kLost));
  }

  Task<Result<>> write(std::span<const std::byte> bytes, core::Cancellation& stop) override {
    if (stop.requested()) co_return stop.error();
    // The wait over there ends when the worker takes bytes, or is ended because it does not.
    co_return co_await core::run_on(home_, [this, bytes] { return run_->write(bytes); });
  }

  Task<void> finish() override { co_await end(home_, std::move(run_), kFinished); }

 private:
  static constexpr auto kLost = EncoderRun::Ending::kLost;
  static constexpr auto kFinished = EncoderRun::Ending::kFinished;

  /// The run belongs to its home: also what is left of it is let go of there.
  static Task<void> end(Core& home, std::shared_ptr<EncoderRun> run, EncoderRun::Ending ending) {
    for (;;) {
      const Result<> told = co_await core::run_on(home, [&run, ending] {
        run->end(ending);
        run.reset();
      });
      if (told) co_return;
      static_cast<void>(co_await core::io::Sleep(Core::current(), core::Timers::kTick));
    }
  }

  Core& home_;
  std::shared_ptr<EncoderRun> run_;
};

}  // namespace

ChannelDesk::ChannelDesk(core::Snapshot<core::Config> config, std::vector<Place> places)
    : config_(std::move(config)), places_(std::move(places)) {}

std::optional<size_t> ChannelDesk::find(std::string_view key) const noexcept {
  std::optional<size_t> found;
  for (size_t i = 0; i < config_->live.channel.size(); ++i) {
    const std::string& candidate = config_->live.channel[i].key;
    if (core::equal_in_constant_time(candidate, key)) found = i;
  }
  return found;
}

Task<Result<std::unique_ptr<IngestFeed>>> ChannelDesk::admit(PublishRequest request,
                                                             core::Cancellation& stop) {
  if (stop.requested()) co_return stop.error();
  const auto channel = find(request.key);
  if (!channel) {
    core::log::event(core::log::Level::kWarning, "live.key_unknown",
                     {{"protocol", request.protocol}, {"peer", request.peer}});
    co_return fail(ErrorCode::kNotFound, "no such key");
  }
  const Place& place = places_[*channel % places_.size()];
  size_t live = 0;
  for (const Place& each : places_) {
    const auto count =
        co_await core::run_on(*each.core, [&each] { return each.host->live_count(); });
    if (!count) co_return std::unexpected(count.error());
    live += *count;
  }
  if (live >= config_->live.streams_max) {
    co_return fail(ErrorCode::kOverloaded, "as many streams as live.streams_max");
  }
  auto run = co_await core::run_on(*place.core, [&place, &request, at = *channel] {
    return place.host->find(at)->admit(request);
  });
  if (!run) co_return std::unexpected(run.error());
  co_return std::make_unique<RemoteFeed>(*place.core, std::move(*run));
}

}  // namespace millrace::media::live
