// A name under which streams are published, one after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/cancellation.h"
#include "core/config.h"
#include "core/control.h"
#include "core/gate.h"
#include "core/snapshot.h"
#include "core/timers.h"
#include "media/live/channel/encoder_run.h"
#include "media/live/events/stream_event.h"
#include "media/live/ingest/publisher.h"
#include "media/live/live_stream.h"
#include "media/live/part_store.h"
#include "media/live/state_poster.h"

namespace millrace::media::live {

/// What the channels of a core share; borrowed parts outlive them.
struct ChannelSite {
  core::Core& home;
  core::Snapshot<core::Config> config;  ///< As the server began: reloading is not for these keys.
  core::ControlThread& control;
  PartStore& store;
  EventSink& events;
  const std::vector<StatePoster::Place>& places;
  std::string folder;  ///< For what must survive a restart.
};

/// Takes publishers one after the other and feeds one stream with them: a publisher that was lost
/// is waited for, one that has fallen silent gives way to another, and only after an orderly end,
/// or the grace time, the stream ends. The next publisher then begins a stream of the same name
/// whose numbers go on. On its home core.
class Channel final : private RunTarget {
 public:
  /// Both are borrowed.
  Channel(const ChannelSite& site, const core::ChannelConfig& config);
  ~Channel() override;

  /// Lets a publisher in; what it writes goes into the stream. Errors: kNotFound (the key has
  /// expired), kConflict (a publisher that is alive is there), kOs, kMalformed (the numbers to go
  /// on with cannot be read).
  core::Task<core::Result<std::shared_ptr<EncoderRun>>> admit(const PublishRequest& request);

  [[nodiscard]] bool is_live() const noexcept { return run_ != nullptr; }
  [[nodiscard]] const core::ChannelConfig& config() const noexcept { return config_; }
  /// Ends the worker; the stream keeps its numbers for the next start, and its viewers wait.
  core::Task<void> stop();

 private:
  class Deadline final : public core::Timer {
   public:
    explicit Deadline(Channel& channel) noexcept;
    Channel& channel;
  };

  LiveStream* stream_for(uint32_t part_target_ms) override;
  void on_progress() override;
  Place place() const override;

  core::Task<core::Result<>> load_floors();
  core::Task<void> work(core::Gate::Pass);
  core::Task<void> store_floors(core::Gate::Pass);
  void tell(StreamEvent::Kind kind) const;
  void note_start(const EncoderRun& run) const;
  void note_end(const EncoderRun& run, const worker::JobResult& result) const;
  void after_last_run(EncoderRun::Ending ending);
  void end_stream();
  void on_deadline() noexcept;
  std::string floors_path() const { return site_.folder + "/" + config_.name + ".json"; }

  const ChannelSite& site_;
  const core::ChannelConfig& config_;
  std::optional<SequenceFloors> floors_;         // Of the next stream; nothing: not read yet.
  std::optional<SequenceFloors> stored_floors_;  // On disk.
  bool storing_ = false;
  std::unique_ptr<LiveStream> stream_;
  bool ended_ = false;  // stream_ takes nothing more.
  uint32_t part_target_ms_ = 0;
  uint32_t next_sequence_ = 1;
  std::shared_ptr<EncoderRun> run_;   // Works.
  std::shared_ptr<EncoderRun> next_;  // Works as soon as that one has ended.
  Deadline deadline_;                 // Of a stream without a publisher, or of one that has ended.
  core::Cancellation stopping_;
  core::Gate under_way_;
};

}  // namespace millrace::media::live
