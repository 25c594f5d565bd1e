// The date ranges of a live stream: ad breaks, chapters, whatever a client is told of.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "media/hls/date_range.h"
#include "media/hls/live_playlist.h"

namespace millrace::media::live {

/// The same set for every list of the stream (PL-34). Home core.
class DateRangeList {
 public:
  /// 256: a cue every 14 s for an hour; every playlist repeats those that are not over.
  static constexpr size_t kRangesMax = 256;

  using Date = hls::DateRange::Date;

  /// Adds a range, or to one of the same ID. kInvalid: hls::check, or it takes back what was said.
  /// kOverloaded: too many.
  core::Result<> put(hls::DateRange range, core::MonotonicTime now);
  /// Drops what ended before `oldest`, the first date of the list. Ranges without an end last until
  /// their start is out of the list.
  void drop_before(Date oldest, core::MonotonicTime now);

  std::vector<hls::DateRange> all() const;
  /// What a delta update says of them to a reader who has a list of at most `age`.
  hls::SkippedPart::DateRanges skipped(core::MonotonicTime now, std::chrono::milliseconds age);

 private:
  struct Entry {
    hls::DateRange range;
    core::MonotonicTime changed_at;
  };
  struct Removed {
    std::string id;
    core::MonotonicTime at;
  };

  std::vector<Entry> entries_;
  std::deque<Removed> removed_;
};

}  // namespace millrace::media::live
