#include "media/live/shelved_stream.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/assert.h"
#include "media/hls/media_playlist.h"
#include "media/live/live_wait.h"

namespace millrace::media::live {
namespace {

using http::Response;
using http::SharedResponse;

std::string max_age(uint64_t seconds) { return fmt::format("public, max-age={}", seconds); }

// LH-04: an answer that was waited for is the same for everybody, for ever; one that was not is old
// after half a target duration.
std::string playlist_caching(const StreamState& state, ShelvedStream::Reload reload) {
  const uint64_t target_s = state.timings.target_duration_s;
  const bool lasts =
      reload == ShelvedStream::Reload::kBlocking && state.phase == StreamState::Phase::kLive;
  return max_age(lasts ? 6 * target_s : target_s / 2);
}

std::shared_ptr<SharedResponse> shared(const PlaylistText& text, std::string_view caching) {
  return std::make_shared<SharedResponse>(Response::ok(hls::kPlaylistMimeType, text.body)
                                              .with_cache_control(caching)
                                              .with_etag(text.etag)
                                              .ignoring_ranges());
}

std::shared_ptr<SharedResponse> shared(const Segment& segment, PartBytes bytes, uint64_t number,
                                       const StreamState& state) {
  http::FileSlices body;
  body.slices.push_back({.file = segment.file, .offset = bytes.offset, .size = bytes.size});
  // The name is never used for other bytes, so it tells them apart.
  return std::make_shared<SharedResponse>(
      Response::ok("video/iso.segment", std::move(body))
          .with_cache_control(max_age(uint64_t{6} * state.timings.target_duration_s))
          .with_etag(fmt::format("\"{:x}-{:x}-{:x}\"", segment.text.map, number, bytes.size)));
}

}  // namespace

ShelvedStream::ShelvedStream(core::Snapshot<StreamState> state) { replace(std::move(state)); }

ShelvedStream::~ShelvedStream() { MR_ASSERT(waiter_count_ == 0); }

std::optional<size_t> ShelvedStream::find(std::string_view quality) const noexcept {
  const auto& all = state_->renditions;
  const auto found = std::ranges::find_if(
      all, [&](const auto& rendition) { return rendition->quality == quality; });
  if (found == all.end()) return {};
  return static_cast<size_t>(found - all.begin());
}

std::shared_ptr<SharedResponse> ShelvedStream::playlist(size_t index, Skip skip, Reload reload) {
  Response& kept =
      places_[index]->playlists[static_cast<size_t>(skip)][static_cast<size_t>(reload)];
  if (kept != nullptr) return kept;
  const RenditionState& its = rendition(index);
  const PlaylistText* text = &its.full;
  if (skip == Skip::kSegments && its.delta.exists()) text = &its.delta;
  if (skip == Skip::kSegmentsAndDateRanges && its.delta_date_ranges.exists()) {
    text = &its.delta_date_ranges;
  }
  return kept = shared(*text, playlist_caching(*state_, reload));
}

std::shared_ptr<SharedResponse> ShelvedStream::multivariant() {
  if (multivariant_ == nullptr) multivariant_ = shared(state_->multivariant, max_age(2));
  return multivariant_;
}

std::shared_ptr<SharedResponse> ShelvedStream::find_recent(size_t index, Media::Kind kind,
                                                           uint64_t number) const {
  for (const Media& media : places_[index]->recent) {
    if (media.kind == kind && media.number == number) return media.response;
  }
  return nullptr;
}

std::shared_ptr<SharedResponse> ShelvedStream::keep(size_t index, Media media) {
  std::deque<Media>& recent = places_[index]->recent;
  if (recent.size() == kRecentMax) recent.pop_back();
  recent.push_front(std::move(media));
  return recent.front().response;
}

std::shared_ptr<SharedResponse> ShelvedStream::part(size_t index, uint64_t number) {
  if (Response known = find_recent(index, Media::Kind::kPart, number)) return known;
  const auto found = window(index).find_part(number);
  if (!found) return nullptr;
  return keep(index, {.kind = Media::Kind::kPart,
                      .number = number,
                      .response = shared(*found->segment, found->bytes, number, *state_)});
}

std::shared_ptr<SharedResponse> ShelvedStream::segment(size_t index, uint64_t msn) {
  if (Response known = find_recent(index, Media::Kind::kSegment, msn)) return known;
  const Segment* found = window(index).find(msn);
  if (found == nullptr || found->text.gap) return nullptr;
  const PartBytes whole{.offset = 0, .size = found->size};
  return keep(index, {.kind = Media::Kind::kSegment,
                      .number = msn,
                      .response = shared(*found, whole, msn, *state_)});
}

// What cannot be fetched any more must not be kept in memory from here.
bool ShelvedStream::is_gone(size_t index, const Media& media) const noexcept {
  const WindowState& its = window(index);
  if (media.kind == Media::Kind::kSegment) return its.find(media.number) == nullptr;
  return !its.find_part(media.number).has_value();
}

void ShelvedStream::replace(core::Snapshot<StreamState> state) {
  const core::Snapshot<StreamState> before = std::exchange(state_, std::move(state));
  const auto& now = state_->renditions;
  MR_ASSERT(now.size() >= places_.size());  // A stream never loses a rendition.
  for (size_t i = 0; i < now.size(); ++i) {
    if (i == places_.size()) places_.push_back(std::make_unique<Place>());
    const bool changed = before == nullptr || i >= before->renditions.size() ||
                         before->phase != state_->phase || before->renditions[i] != now[i];
    if (!changed) continue;
    places_[i]->playlists = {};
    std::erase_if(places_[i]->recent, [&](const Media& media) { return is_gone(i, media); });
  }
  multivariant_.reset();
}

template <class F>
void ShelvedStream::for_each_list(F f) {
  f(waiters_for_start_);
  for (const auto& place : places_) f(place->waiters);
}

void ShelvedStream::wake_reached() {
  const bool is_over = state_->phase == StreamState::Phase::kEnded;
  if (is_over || state_->multivariant.exists()) {
    while (!waiters_for_start_.empty()) waiters_for_start_.front().end({});
  }
  for (size_t i = 0; i < places_.size(); ++i) {
    core::IntrusiveList<LiveWait> still;
    while (LiveWait* wait = places_[i]->waiters.pop_front()) {
      if (is_over || is_reached(wait->awaited(), window(i))) {
        wait->end({});
      } else {
        still.push_back(*wait);
      }
    }
    places_[i]->waiters.splice(still);
  }
}

void ShelvedStream::end_all(core::Error error) noexcept {
  for_each_list([&](core::IntrusiveList<LiveWait>& waiters) {
    while (!waiters.empty()) waiters.front().end(std::unexpected(error));
  });
}

// Who came first is overdue first: all of a stream wait equally long.
void ShelvedStream::end_overdue(core::MonotonicTime now) noexcept {
  for_each_list([&](core::IntrusiveList<LiveWait>& waiters) {
    while (!waiters.empty() && waiters.front().deadline() <= now) {
      waiters.front().end(core::fail(core::ErrorCode::kTimeout, "it did not come in time"));
    }
  });
}

}  // namespace millrace::media::live
