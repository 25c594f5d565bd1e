#include "media/live/rendition_window.h"

#include <algorithm>
#include <utility>

#include "core/assert.h"
#include "core/core.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

__extension__ using Wide = unsigned __int128;

}  // namespace

RenditionWindow::RenditionWindow(const Options& options, PartStore& store)
    : options_(options),
      store_(store),
      next_msn_(std::max<uint64_t>(options.floors.media_sequence, 1)),
      next_part_(next_msn_ * kPartsPerSegmentMax),
      discontinuity_sequence_(options.floors.discontinuity_sequence),
      discontinuities_(options.floors.discontinuity_sequence) {
  MR_ASSERT(options.timescale > 0);
  MR_ASSERT(options.timings.target_duration_s > 0 && options.timings.part_target_ms > 0);
}

uint64_t RenditionWindow::to_ticks(uint64_t milliseconds) const noexcept {
  return static_cast<uint64_t>(Wide{milliseconds} * options_.timescale / 1000);
}

uint64_t RenditionWindow::window_ticks_min() const noexcept {
  return uint64_t{6} * options_.timings.target_duration_s * options_.timescale;
}

// Rounded to seconds it is the target duration (PL-10).
uint64_t RenditionWindow::segment_ticks_max() const noexcept {
  return (uint64_t{2} * options_.timings.target_duration_s + 1) * options_.timescale / 2 - 1;
}

void RenditionWindow::set_init(std::string bytes) {
  const core::Snapshot<std::string>& newest =
      next_init_ != nullptr || inits_.empty() ? next_init_ : inits_.back().bytes;
  if (newest != nullptr && *newest == bytes) return;
  next_init_ = std::make_shared<const std::string>(std::move(bytes));
}

// PL-10, LL-02: what the playlist has promised holds exactly, since players give up on less.
Result<> RenditionWindow::check(const LivePart& part) const {
  if (part.bytes.empty() || part.duration == 0) {
    return fail(ErrorCode::kMalformed, "a live part without media");
  }
  const hls::LiveTimings& timings = options_.timings;
  if (Wide{part.duration} * 1000 > Wide{timings.part_target_ms} * options_.timescale) {
    return fail(ErrorCode::kMalformed, "a live part longer than the part target");
  }
  const bool joins = has_open_ && part.place == PartPlace::kWithinSegment;
  const Wide segment = (joins ? open_.text.duration : 0) + Wide{part.duration};
  if (segment > segment_ticks_max()) {
    return fail(ErrorCode::kMalformed, "a live segment longer than the target duration");
  }
  if (joins && open_.parts.size() == kPartsPerSegmentMax) {
    return fail(ErrorCode::kMalformed, "a live segment of too many parts");
  }
  if (inits_.empty() && next_init_ == nullptr) {
    return fail(ErrorCode::kMalformed, "a live part before the init segment");
  }
  return {};
}

Result<> RenditionWindow::append(const LivePart& part, Date date) {
  if (ended_) return fail(ErrorCode::kClosed, "the live stream has ended");
  if (const Result<> checked = check(part); !checked) return checked;
  if (part.place != PartPlace::kWithinSegment) complete_open();
  if (!has_open_) open_segment(part, date);
  const Result<PartBytes> stored = store(part.bytes);
  if (!stored && stored.error().code != ErrorCode::kNoSpace) {
    if (open_.parts.empty()) has_open_ = false;  // As if it had not come.
    return std::unexpected(stored.error());
  }
  open_.text.parts.push_back({.duration = part.duration,
                              .independent = part.independent && stored.has_value(),
                              .gap = !stored.has_value()});
  open_.text.gap = open_.text.gap || !stored;
  open_.parts.push_back(stored.value_or(PartBytes()));
  open_.text.duration += part.duration;
  media_end_ = part.decode_time + part.duration;
  ++next_part_;
  ++revision_;
  return {};
}

void RenditionWindow::open_segment(const LivePart& part, Date date) {
  if (next_init_ != nullptr) {
    inits_.push_back({.number = next_msn_, .bytes = std::exchange(next_init_, nullptr)});
  }
  const bool discontinuity = part.place == PartPlace::kAfterDiscontinuity && !segments_.empty();
  if (discontinuity) ++discontinuities_;
  open_ = Segment{.text = {.msn = next_msn_,
                           .start = start_,
                           .map = inits_.back().number,
                           .first_part = next_part_,
                           .date = date,
                           .discontinuity = discontinuity},
                  .media_start = part.decode_time};
  open_file_.reset();
  has_open_ = true;
}

Result<PartBytes> RenditionWindow::store(std::span<const std::byte> bytes) {
  if (!open_file_) {
    Result<SegmentFile> file = store_.open(std::max<uint64_t>(size_expected_, bytes.size()));
    if (!file) return std::unexpected(file.error());
    open_file_.emplace(std::move(*file));
    open_.file = open_file_->file();
  }
  Result<uint64_t> offset = open_file_->append(bytes);
  if (!offset && offset.error().code == ErrorCode::kNoSpace) {
    shrink();
    offset = open_file_->append(bytes);
  }
  if (!offset) return std::unexpected(offset.error());
  open_.size = open_file_->size();
  return PartBytes{.offset = *offset, .size = bytes.size()};
}

void RenditionWindow::complete_open() {
  if (!std::exchange(has_open_, false)) return;
  if (open_file_) {
    open_file_->seal();
    size_expected_ = open_file_->size() + open_file_->size() / 8;  // Segments vary in size.
    open_file_.reset();
  }
  complete(std::exchange(open_, Segment()));
}

void RenditionWindow::complete(Segment segment) {
  ++revision_;
  start_ = segment.text.end();
  ++next_msn_;
  segments_.push_back(
      {.segment = std::make_shared<const Segment>(std::move(segment)), .removed_at = {}});
  slide(std::max(to_ticks(options_.window_ms), window_ticks_min()));
}

void RenditionWindow::add_gap_parts(uint64_t ticks) {
  const uint64_t longest = std::max<uint64_t>(to_ticks(options_.timings.part_target_ms), 1);
  while (ticks > 0 && open_.parts.size() < kPartsPerSegmentMax) {
    const uint64_t duration = std::min(ticks, longest);
    open_.text.parts.push_back({.duration = duration, .gap = true});
    open_.parts.push_back({});
    open_.text.duration += duration;
    ++next_part_;
    ticks -= duration;
  }
  open_.text.gap = true;
}

void RenditionWindow::fill_segment(const Fill& fill) {
  if (ended_ || (inits_.empty() && next_init_ == nullptr)) return;
  const uint64_t longest = segment_ticks_max();
  const uint64_t missing = fill.media_end > media_end_ ? fill.media_end - media_end_ : 0;
  if (has_open_) {
    const uint64_t room = longest > open_.text.duration ? longest - open_.text.duration : 0;
    if (missing >= fill.tolerance) {
      const uint64_t filled = std::min(missing, room);
      add_gap_parts(filled);
      media_end_ += filled;
    }
    return complete_open();
  }
  if (fill.discontinuity) media_end_ = fill.media_start;
  const uint64_t length = fill.media_end > media_end_ ? fill.media_end - media_end_ : 0;
  const LivePart hole{
      .place = fill.discontinuity ? PartPlace::kAfterDiscontinuity : PartPlace::kBeginsSegment,
      .decode_time = media_end_,
      .duration = std::clamp<uint64_t>(length, 1, longest)};
  open_segment(hole, fill.date);
  open_.text.gap = true;
  open_.text.duration = hole.duration;
  media_end_ += hole.duration;
  complete_open();
}

void RenditionWindow::begin_at(uint64_t msn, uint64_t discontinuities) {
  MR_ASSERT(is_empty() && msn >= next_msn_);
  next_msn_ = msn;
  next_part_ = msn * kPartsPerSegmentMax;
  discontinuities_ = discontinuity_sequence_ = discontinuities;
}

void RenditionWindow::end() {
  complete_open();
  ++revision_;
  ended_ = true;
}

void RenditionWindow::slide(uint64_t window_ticks) {
  const core::MonotonicTime now = core::Core::current().now();
  while (listed_from_ < segments_.size()) {
    Held& oldest = segments_[listed_from_];
    if (start_ - oldest.segment->text.end() < window_ticks) return;
    if (oldest.segment->text.discontinuity) ++discontinuity_sequence_;
    oldest.removed_at = now;
    ++listed_from_;
  }
}

void RenditionWindow::drop_front() {
  segments_.pop_front();
  --listed_from_;
  const uint64_t first_map = segments_.empty() ? next_msn_ : segments_.front().segment->text.map;
  while (inits_.size() > 1 && inits_.front().number < first_map) inits_.pop_front();
}

void RenditionWindow::drop_removed(core::MonotonicTime now) {
  const std::chrono::seconds kept(3 * uint64_t{options_.timings.target_duration_s});
  while (listed_from_ > 0 && now - *segments_.front().removed_at >= kept) drop_front();
}

void RenditionWindow::shrink() {
  slide(window_ticks_min());
  while (listed_from_ > 0) drop_front();
}

core::Snapshot<WindowState> RenditionWindow::state() const {
  auto state = std::make_shared<WindowState>();
  state->timescale = options_.timescale;
  state->segments.reserve(segments_.size());
  for (const Held& held : segments_) state->segments.push_back(held.segment);
  state->listed_from = listed_from_;
  if (has_open_) state->open = std::make_shared<const Segment>(open_);
  state->next_msn = next_msn_;
  state->next_part = next_part_;
  state->discontinuity_sequence = discontinuity_sequence_;
  state->inits.assign(inits_.begin(), inits_.end());
  state->revision = revision_;
  state->ended = ended_;
  return state;
}

const Segment* RenditionWindow::find(uint64_t msn) const noexcept {
  if (has_open_ && msn == next_msn_) return &open_;
  const uint64_t oldest = next_msn_ - segments_.size();
  if (msn < oldest || msn >= next_msn_) return nullptr;
  return segments_[static_cast<size_t>(msn - oldest)].segment.get();
}

}  // namespace millrace::media::live
