// The live window of one rendition: what comes in at its end, and what leaves at its head.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "core/snapshot.h"
#include "media/live/live_part.h"
#include "media/live/part_store.h"
#include "media/live/window_state.h"

namespace millrace::media::live {

/// Numbers that must not be used again, also by a later run of the server (PL-13, PL-23).
struct SequenceFloors {
  uint64_t media_sequence = 1;  ///< Never 0: hls.js takes LAST-MSN=0 for an absent one (LL-09).
  uint64_t discontinuity_sequence = 0;

  friend bool operator==(const SequenceFloors&, const SequenceFloors&) = default;
};

/// Home core. Any change goes through one of its functions, so that only legal edits of a playlist
/// exist (PL-15): append at the end, remove at the head.
class RenditionWindow {
 public:
  /// 256: a segment of 10 s in parts of 40 ms. It also spaces the numbers of parts: those of a
  /// later run begin above all that were used.
  static constexpr uint64_t kPartsPerSegmentMax = 256;

  struct Options {
    uint32_t timescale = 1;
    hls::LiveTimings timings;
    /// Of the list. At least six target durations are kept, whatever this says (PL-18).
    uint64_t window_ms = 60'000;
    SequenceFloors floors;
  };
  /// `store` outlives this.
  RenditionWindow(const Options& options, PartStore& store);

  /// The `ftyp moov` for what comes from the next segment on. Nothing changes when it is the same.
  void set_init(std::string bytes);

  /// Where the segment begins that a part opens.
  using Date = std::chrono::system_clock::time_point;
  /// Adds a part; `date` is that of its first sample. kMalformed: it breaks what playlists promise
  /// (longer than the part target, a segment longer than the target duration, no bytes). Where the
  /// store has no room it becomes a gap, and its segment one (PL-26).
  core::Result<> append(const LivePart& part, Date date);

  /// Completes the open segment; what it lacks up to `media_end` become gaps. Without an open one a
  /// segment that is one gap is added.
  struct Fill {
    uint64_t media_start = 0;  ///< In ticks; of an added segment behind a discontinuity.
    uint64_t media_end = 0;    ///< In ticks.
    Date date;                 ///< Of an added segment.
    bool discontinuity = false;
    /// An open segment that lacks less than this is complete as it is, in ticks.
    uint64_t tolerance = 0;
  };
  void fill_segment(const Fill& fill);
  /// Begins with segment `msn`, behind so many discontinuities; nothing has been added before.
  void begin_at(uint64_t msn, uint64_t discontinuities);
  /// Completes the open segment as it is.
  void complete_open();
  /// Nothing comes any more: EXT-X-ENDLIST.
  void end();

  /// Lets go of what left the list long enough ago (PL-19, LL-10).
  void drop_removed(core::MonotonicTime now);
  /// Lets go of all that left the list, and shortens the list to the least that is legal.
  void shrink();

  core::Snapshot<WindowState> state() const;

  bool has_open() const noexcept { return has_open_; }
  bool is_empty() const noexcept { return !has_open_ && segments_.empty(); }
  bool ended() const noexcept { return ended_; }
  uint64_t next_msn() const noexcept { return next_msn_; }
  /// The first number that no complete or open segment has.
  uint64_t free_msn() const noexcept { return next_msn_ + (has_open_ ? 1 : 0); }
  /// Where the media ends, in ticks.
  uint64_t media_end() const noexcept { return media_end_; }
  /// How many discontinuities there were, counted from the floor.
  uint64_t discontinuities() const noexcept { return discontinuities_; }
  /// Another one after each change.
  uint64_t revision() const noexcept { return revision_; }
  uint32_t timescale() const noexcept { return options_.timescale; }
  /// A segment, also the open one; null where there is none.
  const Segment* find(uint64_t msn) const noexcept;

 private:
  struct Held {
    core::Snapshot<Segment> segment;
    std::optional<core::MonotonicTime> removed_at;
  };

  void open_segment(const LivePart& part, Date date);
  core::Result<> check(const LivePart& part) const;
  core::Result<PartBytes> store(std::span<const std::byte> bytes);
  void add_gap_parts(uint64_t ticks);
  void complete(Segment segment);
  void slide(uint64_t window_ticks);
  void drop_front();
  uint64_t to_ticks(uint64_t milliseconds) const noexcept;
  uint64_t window_ticks_min() const noexcept;
  uint64_t segment_ticks_max() const noexcept;

  const Options options_;
  PartStore& store_;
  std::deque<Held> segments_;
  size_t listed_from_ = 0;
  Segment open_;
  std::optional<SegmentFile> open_file_;
  bool has_open_ = false;
  uint64_t size_expected_ = 0;  // Of a segment, in bytes.
  uint64_t next_msn_;
  uint64_t next_part_;
  uint64_t start_ = 0;  // Of what comes next, in ticks since the stream began.
  uint64_t media_end_ = 0;
  uint64_t discontinuity_sequence_;  // Of the list.
  uint64_t discontinuities_;
  std::deque<InitSegment> inits_;
  core::Snapshot<std::string> next_init_;
  uint64_t revision_ = 1;
  bool ended_ = false;
};

}  // namespace millrace::media::live
