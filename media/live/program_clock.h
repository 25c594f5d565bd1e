// What time of day a moment of the media was: EXT-X-PROGRAM-DATE-TIME.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace millrace::media::live {

/// One for all renditions of a stream, so that they agree (PL-25). The wall clock is looked at once
/// for each run of an encoder; from there the media's own clock counts, so that EXTINF and dates
/// never drift apart. Runs are counted by the discontinuities before them.
class ProgramClock {
 public:
  using Date = std::chrono::system_clock::time_point;
  using MediaTime = std::chrono::microseconds;

  [[nodiscard]] bool knows(uint64_t run) const noexcept {
    return !anchors_.empty() && anchors_.back().run >= run;
  }
  /// Run `run` begins at `media` at `date`, or where the dates of the run before end, if that is
  /// later: dates never go back.
  void begin(uint64_t run, MediaTime media, Date date);
  /// The latest date that a list has said, as the end of a segment.
  void said(Date date) noexcept { last_said_ = std::max(last_said_, date); }

  /// Something must have begun. Runs that were forgotten count as the oldest known.
  [[nodiscard]] Date date_of(uint64_t run, MediaTime media) const noexcept;

 private:
  struct Anchor {
    uint64_t run;
    MediaTime media;
    Date date;
  };

  std::deque<Anchor> anchors_;
  Date last_said_;
};

}  // namespace millrace::media::live
