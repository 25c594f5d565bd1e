#include "media/live/segment_grid.h"

#include <algorithm>
#include <utility>

#include "core/assert.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

// Renditions of one run begin within this; the runs themselves are further apart.
constexpr std::chrono::seconds kRunsApart{1};
// A frame of sound: how far cuts at the same instant are apart.
constexpr std::chrono::milliseconds kFrame{25};

__extension__ using Wide = unsigned __int128;

uint64_t rescale(uint64_t ticks, uint32_t from, uint32_t to) {
  return static_cast<uint64_t>((Wide{ticks} * to + from / 2) / from);
}

}  // namespace

SegmentGrid::MediaTime SegmentGrid::Row::time_of(uint64_t ticks) const noexcept {
  return MediaTime(static_cast<int64_t>(Wide{ticks} * 1'000'000 / window.timescale()));
}

size_t SegmentGrid::add_row(const RenditionWindow::Options& options, PartStore& store) {
  rows_.push_back(std::make_unique<Row>(options, store));
  rows_.back()->run = newest_run_;
  return rows_.size() - 1;
}

Result<SegmentGrid::Entry> SegmentGrid::append(size_t index, const LivePart& arrived, Date now) {
  Row& row = *rows_[index];
  LivePart part = arrived;
  if (row.owes_discontinuity) part.place = PartPlace::kAfterDiscontinuity;
  const Result<Entry> entry = align(row, part);
  if (!entry || *entry == Entry::kLate) return entry;
  const uint64_t complete_before = row.window.next_msn();
  const Date date = date_of(row, part, now);
  if (const Result<> done = row.window.append(part, date); !done) {
    return std::unexpected(done.error());
  }
  clock_.said(date + row.time_of(part.duration));
  row.awaits_segment = row.owes_discontinuity = is_silent_ = false;
  if (row.window.next_msn() != complete_before) give_up_those_behind(row);
  return Entry::kTaken;
}

Result<SegmentGrid::Entry> SegmentGrid::align(Row& row, LivePart& part) {
  if (row.window.is_empty()) return begin(row, part);
  if (part.place == PartPlace::kAfterDiscontinuity) return join_run(row, part);
  if (row.awaits_segment) return return_to_others(row, part);
  const MediaTime apart = row.time_of(part.decode_time) - row.time_of(row.window.media_end());
  if (std::chrono::abs(apart) <= std::chrono::milliseconds(timings_.part_target_ms)) {
    return Entry::kTaken;
  }
  // Whole segments are missing: that can be filled.
  if (apart.count() > 0 && part.place == PartPlace::kBeginsSegment) {
    return return_to_others(row, part);
  }
  return fail(ErrorCode::kMalformed, "a live part does not continue the one before");
}

// One that begins when others have begun takes their numbers.
SegmentGrid::Entry SegmentGrid::begin(Row& row, const LivePart& part) {
  const auto has_begun = [](const auto& other) { return !other->window.is_empty(); };
  row.run = newest_run_;
  if (std::ranges::none_of(rows_, has_begun)) return Entry::kTaken;
  const MediaTime time = row.time_of(part.decode_time);
  const uint64_t free = free_msn();
  const bool is_behind_all = time >= media_end();
  if (is_behind_all && part.place == PartPlace::kAfterDiscontinuity) {
    begin_run(time);
    row.run = newest_run_;
    row.window.begin_at(free, newest_run_);
    return Entry::kTaken;
  }
  const Segment* same = find_in_others(row, time);
  const uint64_t msn = same == nullptr ? free : same->text.msn;
  if (msn < row.window.next_msn()) return Entry::kLate;
  row.window.begin_at(msn, runs_before(row, msn));
  return Entry::kTaken;
}

void SegmentGrid::begin_run(MediaTime start) noexcept {
  ++newest_run_;
  run_msn_ = free_msn();
  run_start_ = start;
}

SegmentGrid::Entry SegmentGrid::join_run(Row& row, LivePart& part) {
  const MediaTime time = row.time_of(part.decode_time);
  if (row.run == newest_run_) {
    begin_run(time);
  } else if (time + kRunsApart < run_start_) {
    return Entry::kLate;  // Of a run that was over before this row began it.
  }
  row.run = newest_run_;
  if (row.window.free_msn() <= run_msn_) {
    // What an encoder that broke off did not send of its last part is not worth a gap.
    fill_up_to(row, run_msn_, std::chrono::milliseconds(timings_.part_target_ms));
    return Entry::kTaken;
  }
  // It was given up, and is in that run already, with gaps.
  part.place = PartPlace::kBeginsSegment;
  return return_to_others(row, part);
}

SegmentGrid::Entry SegmentGrid::return_to_others(Row& row, LivePart& part) {
  if (part.place == PartPlace::kWithinSegment) return Entry::kLate;
  const Segment* same = find_in_others(row, row.time_of(part.decode_time));
  const uint64_t msn = same == nullptr ? free_msn() : same->text.msn;
  if (msn < row.window.free_msn()) return Entry::kLate;
  fill_up_to(row, msn, kFrame);
  if (same != nullptr && same->text.discontinuity) part.place = PartPlace::kAfterDiscontinuity;
  row.run = newest_run_;
  return Entry::kTaken;
}

SegmentGrid::Date SegmentGrid::date_of(const Row& row, const LivePart& part, Date now) {
  const bool begins = part.place == PartPlace::kAfterDiscontinuity && !row.window.is_empty();
  const uint64_t run = row.window.discontinuities() + (begins ? 1 : 0);
  const MediaTime time = row.time_of(part.decode_time);
  // It has just been finished, so it began a part ago.
  if (!clock_.knows(run)) clock_.begin(run, time, now - row.time_of(part.duration));
  return clock_.date_of(run, time);
}

// One segment behind is how far rows are apart when all is well.
void SegmentGrid::give_up_those_behind(const Row& leader) {
  const uint64_t least = leader.window.next_msn() - 1;
  for (const auto& other : rows_) {
    if (other->window.is_empty() || other->window.free_msn() > least) continue;
    fill_up_to(*other, least, kFrame);
    other->awaits_segment = true;
  }
}

void SegmentGrid::fill_up_to(Row& row, uint64_t msn, std::chrono::milliseconds apart) {
  MR_ASSERT(!row.window.is_empty());  // Else it has no init segment, and nothing can be filled.
  while (row.window.next_msn() < msn) {
    RenditionWindow::Fill fill = fill_like_others(row);
    fill.tolerance = static_cast<uint64_t>(apart.count()) * row.window.timescale() / 1000;
    row.window.fill_segment(fill);
  }
  clock_.said(clock_.date_of(row.window.discontinuities(), row.time_of(row.window.media_end())));
}

RenditionWindow::Fill SegmentGrid::fill_like_others(const Row& row) const {
  const RenditionWindow& window = row.window;
  const uint64_t end = window.media_end();
  RenditionWindow::Fill fill{
      .media_start = end,
      .media_end = end + uint64_t{timings_.target_duration_s} * window.timescale()};
  bool is_found = false;
  for (const auto& other : rows_) {
    const Segment* model = other.get() == &row ? nullptr : other->window.find(window.next_msn());
    if (model == nullptr) continue;
    const auto ticks = [&](uint64_t theirs) {
      return rescale(theirs, other->window.timescale(), window.timescale());
    };
    const uint64_t its_end = ticks(model->media_end());
    fill.media_end = std::exchange(is_found, true) ? std::max(fill.media_end, its_end) : its_end;
    fill.media_start = ticks(model->media_start);
    fill.discontinuity = model->text.discontinuity;
  }
  const uint64_t run = window.discontinuities() + (fill.discontinuity ? 1 : 0);
  fill.date = clock_.date_of(run, row.time_of(fill.discontinuity ? fill.media_start : end));
  return fill;
}

/// The segment that begins about then, or holds that time; null: there is none.
const Segment* SegmentGrid::find_in_others(const Row& row, MediaTime time) const noexcept {
  const std::chrono::milliseconds near(timings_.part_target_ms / 2);
  for (const auto& other : rows_) {
    const RenditionWindow& window = other->window;
    if (other.get() == &row || window.is_empty()) continue;
    const uint64_t newest = window.free_msn() - 1;
    for (uint64_t msn = newest; const Segment* segment = window.find(msn); --msn) {
      const bool has_begun = other->time_of(segment->media_start) <= time + near;
      const bool is_open = msn == newest && window.has_open();
      const bool holds = is_open || time + near < other->time_of(segment->media_end());
      if (has_begun && holds) return segment;
    }
  }
  return nullptr;
}

/// How many discontinuities there are up to the beginning of a segment of the others.
uint64_t SegmentGrid::runs_before(const Row& row, uint64_t msn) const noexcept {
  for (const auto& other : rows_) {
    if (other.get() == &row || other->window.is_empty()) continue;
    uint64_t runs = other->window.discontinuities();
    for (uint64_t later = msn + 1; const Segment* segment = other->window.find(later); ++later) {
      if (segment->text.discontinuity) --runs;
    }
    return runs;
  }
  return newest_run_;
}

void SegmentGrid::add_silence() {
  const uint64_t free = free_msn();
  const bool any_open =
      std::ranges::any_of(rows_, [](const auto& row) { return row->window.has_open(); });
  const MediaTime end = media_end();
  for (const auto& row : rows_) {
    if (row->window.is_empty()) continue;
    const bool is_behind = row->time_of(row->window.media_end()) + kFrame < end;
    fill_up_to(*row, any_open ? free : free + 1, kFrame);
    if (is_behind) row->awaits_segment = true;
    if (!any_open) row->owes_discontinuity = true;
  }
  is_silent_ = true;
}

void SegmentGrid::end() {
  const uint64_t free = free_msn();
  const std::chrono::milliseconds part(timings_.part_target_ms);
  for (const auto& row : rows_) {
    if (!row->window.is_empty()) fill_up_to(*row, free, part);
    row->window.end();
  }
}

void SegmentGrid::drop_removed(core::MonotonicTime now) {
  for (const auto& row : rows_) row->window.drop_removed(now);
}

uint64_t SegmentGrid::free_msn() const noexcept {
  uint64_t highest = std::max<uint64_t>(floors_.media_sequence, 1);
  for (const auto& row : rows_) {
    if (!row->window.is_empty()) highest = std::max(highest, row->window.free_msn());
  }
  return highest;
}

SegmentGrid::MediaTime SegmentGrid::media_end() const noexcept {
  MediaTime end{};
  for (const auto& row : rows_) end = std::max(end, row->time_of(row->window.media_end()));
  return end;
}

}  // namespace millrace::media::live
