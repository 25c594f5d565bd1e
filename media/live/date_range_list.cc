#include "media/live/date_range_list.h"

#include <algorithm>
#include <utility>

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;

hls::DateRange::Date end_of(const hls::DateRange& range) {
  if (range.end) return *range.end;
  if (range.duration_ms) return range.start + std::chrono::milliseconds(*range.duration_ms);
  if (range.planned_duration_ms) {
    return range.start + std::chrono::milliseconds(*range.planned_duration_ms);
  }
  return range.start;
}

}  // namespace

core::Result<> DateRangeList::put(hls::DateRange range, core::MonotonicTime now) {
  if (const core::Result<> checked = hls::check(range); !checked) return checked;
  const auto known = std::ranges::find(entries_, range.id,
                                       [](const Entry& entry) -> auto& { return entry.range.id; });
  if (known != entries_.end()) {
    if (known->range == range) return {};
    if (!hls::only_adds_to(range, known->range)) {
      return fail(ErrorCode::kInvalid, "a date range takes back what it said");
    }
    *known = {.range = std::move(range), .changed_at = now};
    return {};
  }
  if (std::ranges::find(removed_, range.id, &Removed::id) != removed_.end()) {
    return fail(ErrorCode::kInvalid, "the ID of a date range is used again");
  }
  if (entries_.size() == kRangesMax) {
    return fail(ErrorCode::kOverloaded, "too many date ranges");
  }
  entries_.push_back({.range = std::move(range), .changed_at = now});
  return {};
}

void DateRangeList::drop_before(Date oldest, core::MonotonicTime now) {
  std::erase_if(entries_, [&](Entry& entry) {
    if (end_of(entry.range) >= oldest) return false;
    removed_.push_back({.id = std::move(entry.range.id), .at = now});
    return true;
  });
}

std::vector<hls::DateRange> DateRangeList::all() const {
  std::vector<hls::DateRange> ranges;
  ranges.reserve(entries_.size());
  for (const Entry& entry : entries_) ranges.push_back(entry.range);
  return ranges;
}

hls::SkippedPart::DateRanges DateRangeList::skipped(core::MonotonicTime now,
                                                    std::chrono::milliseconds age) {
  while (!removed_.empty() && now - removed_.front().at > age) removed_.pop_front();
  hls::SkippedPart::DateRanges said;
  for (const Entry& entry : entries_) {
    if (now - entry.changed_at > age) said.kept_ids.push_back(entry.range.id);
  }
  for (const Removed& removed : removed_) said.removed_ids.push_back(removed.id);
  return said;
}

}  // namespace millrace::media::live
