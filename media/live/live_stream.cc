#include "media/live/live_stream.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/log.h"
#include "media/fmp4/init_segment.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using Phase = StreamState::Phase;

constexpr std::chrono::milliseconds kWatchEvery{250};
// 4096 segments of 4 s are four and a half hours.
constexpr uint64_t kSegmentsReserved = 4096;
constexpr uint64_t kDiscontinuitiesReserved = 256;

}  // namespace

LiveStream::Publish::Publish(LiveStream& of) noexcept
    : Runnable([](Runnable* self) noexcept { static_cast<Publish*>(self)->stream.publish(); }),
      stream(of) {}

LiveStream::Watch::Watch(LiveStream& of) noexcept
    : Timer([](Timer* self) noexcept { static_cast<Watch*>(self)->stream.watch(); }), stream(of) {}

LiveStream::LiveStream(core::Core& home, Options options, PartStore& store,
                       const std::vector<StatePoster::Place>& places)
    : home_(home),
      options_(std::move(options)),
      store_(store),
      poster_(places),
      grid_(options_.timings, options_.floors),
      floors_(options_.floors),
      free_msn_(grid_.free_msn()),
      since_(home.clock().unix_now()),
      last_part_(home.now()),
      last_gain_(home.now()),
      publish_(*this),
      watch_(*this) {
  raise_floors();
  home_.timers().set(watch_, home_.now() + kWatchEvery);
  schedule_publish();
}

LiveStream::~LiveStream() {
  if (phase_ != Phase::kRemoved) remove();
}

Result<size_t> LiveStream::add_rendition(RenditionFacts facts) {
  const auto same = [&](const Rendition& other) { return other.facts.quality == facts.quality; };
  if (std::ranges::any_of(renditions_, same)) {
    return fail(ErrorCode::kConflict, "the live stream has a rendition of that name");
  }
  if (const Result<> valid = fmp4::check_format(facts.format); !valid) {
    return std::unexpected(valid.error());
  }
  const fmp4::TrackFormat format = facts.format;
  const size_t index = grid_.add_row({.timescale = format.timescale,
                                      .timings = options_.timings,
                                      .window_ms = options_.window_ms,
                                      .floors = options_.floors},
                                     store_);
  renditions_.push_back({.facts = std::move(facts)});
  static_cast<void>(set_format(index, format));
  return index;
}

std::optional<size_t> LiveStream::find_rendition(std::string_view quality) const noexcept {
  const auto found = std::ranges::find(
      renditions_, quality,
      [](const Rendition& rendition) -> const std::string& { return rendition.facts.quality; });
  if (found == renditions_.end()) return std::nullopt;
  return static_cast<size_t>(found - renditions_.begin());
}

Result<> LiveStream::set_format(size_t index, const fmp4::TrackFormat& format) {
  if (const Result<> valid = fmp4::check_format(format); !valid) return valid;
  Rendition& rendition = renditions_[index];
  std::vector<std::byte> init;
  fmp4::append_init_segment(init, format);
  grid_.set_init(index, {reinterpret_cast<const char*>(init.data()), init.size()});
  rendition.facts.format = format;
  facts_changed_ = true;
  schedule_publish();
  return {};
}

// The sound of another encoder run may have another sample rate. Both ends are rounded, so that
// nothing adds up; a part that is exactly as long as it may be stays that.
LivePart LiveStream::in_window_ticks(size_t index, LivePart part) const {
  __extension__ using Wide = unsigned __int128;
  const uint32_t theirs = renditions_[index].facts.format.timescale;
  const uint32_t ours = grid_.window(index).timescale();
  if (theirs == ours) return part;
  const auto convert = [&](uint64_t ticks) {
    return static_cast<uint64_t>((Wide{ticks} * ours + theirs / 2) / theirs);
  };
  const uint64_t end = convert(part.decode_time + part.duration);
  const uint64_t floor = static_cast<uint64_t>(Wide{part.duration} * ours / theirs);
  part.decode_time = convert(part.decode_time);
  const uint64_t longest = uint64_t{options_.timings.part_target_ms} * ours / 1000;
  part.duration = floor <= longest ? std::min(end - part.decode_time, longest) : floor;
  return part;
}

Result<> LiveStream::append(size_t index, const LivePart& part) {
  if (phase_ >= Phase::kEnded) return fail(ErrorCode::kClosed, "the live stream has ended");
  const Result<SegmentGrid::Entry> entry =
      grid_.append(index, in_window_ticks(index, part), home_.clock().unix_now());
  if (!entry) return std::unexpected(entry.error());
  last_part_ = home_.now();
  if (*entry == SegmentGrid::Entry::kLate) ++late_parts_;
  note_gain();
  schedule_publish();
  return {};
}

Result<> LiveStream::put_date_range(hls::DateRange range) {
  if (const Result<> put = date_ranges_.put(std::move(range), home_.now()); !put) return put;
  tags_changed_ = true;
  schedule_publish();
  return {};
}

void LiveStream::note_gain() noexcept {
  const uint64_t free = grid_.free_msn();
  if (std::exchange(free_msn_, free) == free) return;
  last_gain_ = home_.now();
  raise_floors();
}

void LiveStream::raise_floors() noexcept {
  if (free_msn_ + kSegmentsReserved / 2 > floors_.media_sequence) {
    floors_.media_sequence = free_msn_ + kSegmentsReserved;
  }
  const uint64_t runs = grid_.newest_run();
  if (runs + kDiscontinuitiesReserved / 2 > floors_.discontinuity_sequence) {
    floors_.discontinuity_sequence = runs + kDiscontinuitiesReserved;
  }
}

void LiveStream::watch() {
  const core::MonotonicTime now = home_.now();
  grid_.drop_removed(now);
  const std::chrono::milliseconds target(uint64_t{1000} * options_.timings.target_duration_s);
  // PL-17: a segment within one and a half target durations of the one before.
  const auto patience = grid_.is_silent() ? target : target + target / 4;
  const bool is_silent = now - last_part_ >= target / 2 && now - last_gain_ >= patience;
  if (phase_ == Phase::kLive && is_silent) {
    if (!grid_.is_silent()) {
      core::log::event(core::log::Level::kWarning, "live.encoder_silent",
                       {{"stream", options_.name}, {"msn", free_msn_}});
    }
    grid_.add_silence();
    last_gain_ = now;
    note_gain();
    schedule_publish();
  }
  home_.timers().set(watch_, now + kWatchEvery);
}

void LiveStream::end() {
  if (phase_ >= Phase::kEnded) return;
  grid_.end();
  phase_ = Phase::kEnded;
  floors_ = {.media_sequence = grid_.free_msn(), .discontinuity_sequence = grid_.newest_run() + 1};
  publish_.unlink();
  publish();
}

void LiveStream::remove() {
  phase_ = Phase::kRemoved;
  watch_.unlink();
  publish_.unlink();
  auto state = std::make_shared<StreamState>();
  state->name = options_.name;
  state->phase = phase_;
  poster_.post(state);
}

void LiveStream::publish() {
  render_changed();
  render_multivariant();
  auto state = std::make_shared<StreamState>();
  state->name = options_.name;
  state->timings = options_.timings;
  state->first_msn = options_.floors.media_sequence;
  state->phase = phase_;
  state->since = since_;
  state->multivariant = multivariant_;
  for (const Rendition& rendition : renditions_) state->renditions.push_back(rendition.state);
  poster_.post(state);
}

std::vector<Listed> LiveStream::listed() const {
  std::vector<Listed> all;
  all.reserve(renditions_.size());
  for (const Rendition& each : renditions_)
    all.push_back({.facts = &each.facts, .window = each.window});
  return all;
}

// A list is rendered anew when it changed itself: what it reports on the others is as fresh as it.
void LiveStream::render_changed() {
  std::vector<size_t> changed;
  for (size_t i = 0; i < renditions_.size(); ++i) {
    Rendition& each = renditions_[i];
    const uint64_t revision = grid_.window(i).revision();
    const bool is_new = each.window == nullptr || each.window->revision != revision;
    if (is_new) each.window = grid_.window(i).state();
    if (is_new || tags_changed_) changed.push_back(i);
  }
  if (changed.empty()) return;
  const core::MonotonicTime now = home_.now();
  const WindowState& any = *renditions_.front().window;
  if (any.segments.size() > any.listed_from) {
    date_ranges_.drop_before(any.segments[any.listed_from]->text.date, now);
  }
  const std::chrono::milliseconds boundary(options_.timings.skip_boundary_ms());
  const SharedTags tags{.timings = options_.timings,
                        .date_ranges = date_ranges_.all(),
                        .skipped_date_ranges = date_ranges_.skipped(now, boundary)};
  const std::vector<Listed> all = listed();
  for (const size_t i : changed) renditions_[i].state = render_rendition(all, i, tags);
  tags_changed_ = false;
}

// Players never look at it again, so it waits until all have begun, or one has for long (HT-08).
bool LiveStream::may_begin() const noexcept {
  const auto has_begun = [](const Rendition& each) { return !each.window->is_empty(); };
  const auto has_two_segments = [](const Rendition& each) {
    return each.window->segments.size() >= 2;
  };
  return !renditions_.empty() && (std::ranges::all_of(renditions_, has_begun) ||
                                  std::ranges::any_of(renditions_, has_two_segments));
}

void LiveStream::render_multivariant() {
  if (!multivariant_.exists() && phase_ != Phase::kEnded && !may_begin()) return;
  const auto begun = static_cast<size_t>(std::ranges::count_if(
      renditions_, [](const Rendition& each) { return !each.window->is_empty(); }));
  if (begun == 0 || (multivariant_.exists() && !facts_changed_ && begun == begun_)) return;
  multivariant_ = make_playlist_text(render_live_multivariant(options_.name, listed()));
  facts_changed_ = false;
  begun_ = begun;
  if (phase_ == Phase::kStarting) phase_ = Phase::kLive;
}

}  // namespace millrace::media::live
