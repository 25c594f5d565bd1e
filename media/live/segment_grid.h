// The windows of all renditions of a stream, cut at the same instants.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/result.h"
#include "media/live/live_part.h"
#include "media/live/program_clock.h"
#include "media/live/rendition_window.h"

namespace millrace::media::live {

/// Segment n of one rendition is segment n of all (PL-24): what one of them lacks becomes a gap
/// (PL-26), a run of the encoder begins with the same segment everywhere (PL-22), and dates come
/// from one clock (PL-25). Rows are numbered from 0. Home core.
class SegmentGrid {
 public:
  using Date = ProgramClock::Date;
  using MediaTime = ProgramClock::MediaTime;

  SegmentGrid(hls::LiveTimings timings, SequenceFloors floors) noexcept
      : timings_(timings), floors_(floors), newest_run_(floors.discontinuity_sequence) {}

  size_t add_row(const RenditionWindow::Options& options, PartStore& store);
  size_t size() const noexcept { return rows_.size(); }
  const RenditionWindow& window(size_t row) const noexcept { return rows_[row]->window; }
  void set_init(size_t row, std::string bytes) { rows_[row]->window.set_init(std::move(bytes)); }

  /// Adds a part that came at `now`. kLate: its place has become a gap, and it was dropped. Errors:
  /// kMalformed, its time does not continue; those of RenditionWindow::append.
  enum class Entry : uint8_t { kTaken, kLate };
  core::Result<Entry> append(size_t row, const LivePart& part, Date now);

  /// For an encoder that is silent: completes what is open, or else adds to all a segment of one
  /// target duration that is a gap. Behind such a one a discontinuity follows.
  void add_silence();
  /// Whether add_silence came last.
  bool is_silent() const noexcept { return is_silent_; }
  void end();
  void drop_removed(core::MonotonicTime now);

  /// The first number that no segment has, not even one that is open.
  uint64_t free_msn() const noexcept;
  /// How many discontinuities there were, from the floor.
  uint64_t newest_run() const noexcept { return newest_run_; }
  /// Where the media of all rows has ended.
  MediaTime media_end() const noexcept;
  /// The rows that were given up until their next segment, and what came of them meanwhile.
  bool is_given_up(size_t row) const noexcept { return rows_[row]->awaits_segment; }

 private:
  struct Row {
    Row(const RenditionWindow::Options& options, PartStore& store) : window(options, store) {}
    MediaTime time_of(uint64_t ticks) const noexcept;

    RenditionWindow window;
    uint64_t run = 0;                 // Of the encoder that its last part came from.
    bool awaits_segment = false;      // It was given up until its next segment.
    bool owes_discontinuity = false;  // A gap in all rows says nothing of what follows.
  };

  core::Result<Entry> align(Row& row, LivePart& part);
  Entry begin(Row& row, const LivePart& part);
  Entry join_run(Row& row, LivePart& part);
  Entry return_to_others(Row& row, LivePart& part);
  void begin_run(MediaTime start) noexcept;
  Date date_of(const Row& row, const LivePart& part, Date now);
  void give_up_those_behind(const Row& leader);
  /// Completes what a row has before segment `msn`, as long as it is in the others. What it lacks
  /// of an open segment is a gap, if it is longer than they may be apart.
  void fill_up_to(Row& row, uint64_t msn, std::chrono::milliseconds apart);
  RenditionWindow::Fill fill_like_others(const Row& row) const;
  const Segment* find_in_others(const Row& row, MediaTime time) const noexcept;
  uint64_t runs_before(const Row& row, uint64_t msn) const noexcept;

  const hls::LiveTimings timings_;
  const SequenceFloors floors_;
  std::vector<std::unique_ptr<Row>> rows_;
  ProgramClock clock_;
  uint64_t newest_run_;    // Of an encoder; counted by the discontinuities before it.
  uint64_t run_msn_ = 0;   // With which segment it began.
  MediaTime run_start_{};  // At which time.
  bool is_silent_ = false;
};

}  // namespace millrace::media::live
