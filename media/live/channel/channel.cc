#include "media/live/channel/channel.h"

#include <utility>

#include "core/core.h"
#include "core/log.h"
#include "media/live/channel/live_plan.h"
#include "media/live/channel/sequence_file.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;
using core::log::Level;

/// A stream that has ended can be watched to its end, and looked at again, for so long.
constexpr std::chrono::minutes kEndedKept{10};

std::string_view name_of(EncoderRun::Ending ending) {
  switch (ending) {
    case EncoderRun::Ending::kOpen:
      return "worker failed";
    case EncoderRun::Ending::kFinished:
      return "finished";
    case EncoderRun::Ending::kLost:
      return "lost";
    case EncoderRun::Ending::kReplaced:
      return "replaced";
  }
  return "";
}

}  // namespace

Channel::Deadline::Deadline(Channel& channel) noexcept
    : Timer([](Timer* timer) noexcept { static_cast<Deadline*>(timer)->channel.on_deadline(); }),
      channel(channel) {}

Channel::Channel(const ChannelSite& site, const core::ChannelConfig& config)
    : site_(site), config_(config), deadline_(*this) {}

Channel::~Channel() = default;

Task<Result<std::shared_ptr<EncoderRun>>> Channel::admit(const PublishRequest& request) {
  if (config_.expires && std::chrono::system_clock::now() >= *config_.expires) {
    co_return fail(ErrorCode::kNotFound, "the key has expired");
  }
  if (stopping_.requested()) co_return fail(ErrorCode::kOverloaded, "the server is stopping");
  if (const auto loaded = co_await load_floors(); !loaded) {
    co_return std::unexpected(loaded.error());
  }
  const auto silent_since = site_.home.now() - site_.config->live.takeover_after;
  const bool is_taken =
      next_ != nullptr || (run_ != nullptr && run_->ending() == EncoderRun::Ending::kOpen &&
                           run_->last_bytes() > silent_since);
  if (is_taken) co_return fail(ErrorCode::kConflict, "the stream has a publisher");
  RunTarget& target = *this;
  next_ = std::make_shared<EncoderRun>(target, live_plan(*site_.config, config_, request.container),
                                       request.container, request.peer);
  note_start(*next_);
  std::shared_ptr<EncoderRun> admitted = next_;
  if (run_ == nullptr) {
    site_.home.spawn(work(under_way_.enter()));
  } else {
    run_->end(EncoderRun::Ending::kReplaced);
  }
  co_return admitted;
}

Task<Result<>> Channel::load_floors() {
  if (floors_) co_return Result<>{};
  const auto read =
      co_await site_.control.run([path = floors_path()] { return read_floors(path); });
  if (!read) {
    core::log::event(Level::kError, "live.floors_unreadable",
                     {{"stream", config_.name}, {"error", read.error()}});
    co_return std::unexpected(read.error());
  }
  if (!floors_) floors_ = stored_floors_ = *read;
  co_return Result<>{};
}

Task<void> Channel::work(core::Gate::Pass) {
  auto ending = EncoderRun::Ending::kLost;
  while (next_ != nullptr) {
    run_ = std::move(next_);
    site_.home.timers().drop(deadline_);
    const worker::JobResult result =
        co_await run_->run(site_.control, live_worker_program(site_.config->workers), stopping_);
    note_end(*run_, result);
    next_sequence_ = run_->next_sequence();
    ending = run_->ending();
    run_.reset();
  }
  if (!stopping_.requested()) after_last_run(ending);
}

void Channel::after_last_run(EncoderRun::Ending ending) {
  if (stream_ == nullptr || ended_) return;
  if (ending == EncoderRun::Ending::kFinished) return end_stream();
  site_.home.timers().set(deadline_, site_.home.now() + site_.config->live.grace_time);
}

RunTarget::Place Channel::place() const {
  if (stream_ == nullptr || ended_) return {.sequence = next_sequence_};
  return {.media_time = stream_->media_end(),
          .part_target_ms = part_target_ms_,
          .sequence = next_sequence_};
}

LiveStream* Channel::stream_for(uint32_t part_target_ms) {
  if (stream_ != nullptr && !ended_) return stream_.get();
  if (stream_ != nullptr) stream_->remove();
  part_target_ms_ = part_target_ms;
  const core::LiveConfig& live = site_.config->live;
  stream_ = std::make_unique<LiveStream>(
      site_.home,
      LiveStream::Options{.name = config_.name,
                          .timings = {.target_duration_s = static_cast<uint32_t>(
                                          live.segment_duration.count() / 1000),
                                      .part_target_ms = part_target_ms},
                          .window_ms = static_cast<uint64_t>(live.window.count()),
                          .floors = *floors_},
      site_.store, site_.places);
  ended_ = false;
  tell(StreamEvent::Kind::kPublished);
  return stream_.get();
}

void Channel::on_progress() {
  if (stream_ == nullptr || storing_ || stored_floors_ == stream_->floors()) return;
  storing_ = true;
  site_.home.spawn(store_floors(under_way_.enter()));
}

// Again where they have changed meanwhile, or could not be written.
Task<void> Channel::store_floors(core::Gate::Pass) {
  const SequenceFloors floors = stream_->floors();
  floors_ = floors;
  const auto stored = co_await site_.control.run(
      [path = floors_path(), floors] { return write_floors(path, floors); });
  storing_ = false;
  if (stored) {
    stored_floors_ = floors;
    co_return;
  }
  core::log::event(Level::kError, "live.floors_not_stored",
                   {{"stream", config_.name}, {"error", stored.error()}});
}

void Channel::end_stream() {
  ended_ = true;
  stream_->end();
  core::log::event(Level::kInfo, "live.ended", {{"stream", config_.name}});
  tell(StreamEvent::Kind::kUnpublished);
  floors_ = stream_->floors();
  on_progress();
  site_.home.timers().set(deadline_, site_.home.now() + kEndedKept);
}

void Channel::on_deadline() noexcept {
  if (stream_ == nullptr) return;
  if (!ended_) return end_stream();
  stream_->remove();
  stream_.reset();
}

void Channel::tell(StreamEvent::Kind kind) const {
  site_.events.report({.kind = kind,
                       .stream = config_.name,
                       .time = site_.home.clock().unix_now(),
                       .video_id = {}});
}

void Channel::note_start(const EncoderRun& run) const {
  core::log::event(Level::kInfo, "live.published",
                   {{"stream", config_.name}, {"peer", run.peer()}});
}

void Channel::note_end(const EncoderRun& run, const worker::JobResult& result) const {
  if (result) {
    core::log::event(
        Level::kInfo, "live.unpublished",
        {{"stream", config_.name}, {"how", name_of(run.ending())}, {"bytes", run.size()}});
    return;
  }
  core::log::event(Level::kWarning, "live.worker_failed",
                   {{"stream", config_.name},
                    {"reason", to_string(result.error().reason)},
                    {"detail", result.error().detail}});
}

Task<void> Channel::stop() {
  stopping_.request();
  site_.home.timers().drop(deadline_);
  if (run_ != nullptr) run_->end(EncoderRun::Ending::kLost);
  co_await under_way_.empty();
  stream_.reset();
}

}  // namespace millrace::media::live
