// A live stream from its parts to its playlists.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/core.h"
#include "core/result.h"
#include "media/live/date_range_list.h"
#include "media/live/live_part.h"
#include "media/live/live_playlists.h"
#include "media/live/part_store.h"
#include "media/live/rendition_facts.h"
#include "media/live/segment_grid.h"
#include "media/live/state_poster.h"

namespace millrace::media::live {

/// Takes the parts of all renditions; each change is rendered once, in the next turn of the core,
/// and posted to all cores. While an encoder is silent, gaps follow in time (PL-17). Lives on its
/// home core.
class LiveStream {
 public:
  struct Options {
    std::string name;  ///< In its address: letters, digits, dashes and underscores.
    hls::LiveTimings timings;
    uint64_t window_ms = 60'000;  ///< Of the lists; at least six target durations are kept.
    SequenceFloors floors;
  };
  /// `store` outlives this.
  LiveStream(core::Core& home, Options options, PartStore& store,
             const std::vector<StatePoster::Place>& places);
  LiveStream(const LiveStream&) = delete;
  LiveStream& operator=(const LiveStream&) = delete;
  /// Removes it, if that has not been done.
  ~LiveStream();

  /// Adds a rendition; they are numbered from 0. kConflict: the quality exists already. Other
  /// errors: those of set_format.
  core::Result<size_t> add_rendition(RenditionFacts facts);
  /// By its quality; nothing: there is none.
  [[nodiscard]] std::optional<size_t> find_rendition(std::string_view quality) const noexcept;
  /// What the encoder says of it when it is started anew; holds from the next segment on. kInvalid:
  /// fmp4::check_format.
  core::Result<> set_format(size_t rendition, const fmp4::TrackFormat& format);

  /// Adds a finished part, in decoding order within its rendition. A part whose place has become a
  /// gap is dropped and counted. Errors: those of SegmentGrid::append; kClosed, the stream ended.
  core::Result<> append(size_t rendition, const LivePart& part);
  /// Tells all lists of a range of dates. Errors: those of DateRangeList::put.
  core::Result<> put_date_range(hls::DateRange range);

  /// Nothing comes any more: what is there stays, with ENDLIST, until it is removed. All who wait
  /// go on.
  void end();
  /// Takes it away from all cores; those who wait get 410. Nothing may follow.
  void remove();

  /// What a later run under this name begins with. It lies hours of segments ahead of what is in
  /// use, and is raised again when half of them are: to be stored whenever it has changed. After
  /// `end` it is exact.
  [[nodiscard]] SequenceFloors floors() const noexcept { return floors_; }
  /// Nothing of the next encoder run may begin before it.
  [[nodiscard]] std::chrono::microseconds media_end() const noexcept { return grid_.media_end(); }
  [[nodiscard]] uint64_t late_parts() const noexcept { return late_parts_; }
  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }

 private:
  class Publish final : public core::Runnable {
   public:
    explicit Publish(LiveStream& stream) noexcept;
    LiveStream& stream;
  };
  class Watch final : public core::Timer {
   public:
    explicit Watch(LiveStream& stream) noexcept;
    LiveStream& stream;
  };
  /// What was said last of a rendition.
  struct Rendition {
    RenditionFacts facts;
    core::Snapshot<WindowState> window;
    core::Snapshot<RenditionState> state;
  };

  /// Windows keep the timescale that they began with.
  LivePart in_window_ticks(size_t rendition, LivePart part) const;
  void watch();
  void schedule_publish() noexcept { home_.schedule(publish_); }
  void publish();
  void render_changed();
  void render_multivariant();
  [[nodiscard]] bool may_begin() const noexcept;
  [[nodiscard]] std::vector<Listed> listed() const;
  void note_gain() noexcept;
  void raise_floors() noexcept;

  core::Core& home_;
  const Options options_;
  PartStore& store_;
  StatePoster poster_;
  SegmentGrid grid_;
  std::vector<Rendition> renditions_;
  DateRangeList date_ranges_;
  bool tags_changed_ = false;   // In all lists.
  bool facts_changed_ = false;  // In the multivariant playlist.
  size_t begun_ = 0;            // Renditions in it.
  PlaylistText multivariant_;
  SequenceFloors floors_;
  uint64_t free_msn_;
  const core::UnixTime since_;
  core::MonotonicTime last_part_;
  core::MonotonicTime last_gain_;  // Of a segment.
  uint64_t late_parts_ = 0;
  StreamState::Phase phase_ = StreamState::Phase::kStarting;
  Publish publish_;
  Watch watch_;
};

}  // namespace millrace::media::live
