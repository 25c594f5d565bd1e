#include "bench/swarm/playlist_memo.h"

#include <algorithm>
#include <functional>

#include "media/hls/media_playlist_parser.h"

namespace millrace::swarm {
namespace {

using media::hls::MediaPlaylistText;
using media::hls::SegmentText;

/// Parts of one segment; a segment that lists none is one part of itself.
void add_parts(LivePlaylistView& view, const SegmentText& segment, uint64_t msn,
               std::optional<media::hls::Date> date) {
  const bool has_end = date.has_value();
  auto end = date.value_or(media::hls::Date());
  if (segment.parts.empty() && segment.uri.empty()) return;
  if (segment.parts.empty()) {
    view.parts.push_back({.msn = msn,
                          .index = 0,
                          .uri = segment.uri,
                          .duration = segment.duration,
                          .end = end + segment.duration,
                          .has_end = has_end,
                          .independent = true});
    return;
  }
  for (uint64_t index = 0; const media::hls::PartText& part : segment.parts) {
    end += part.duration;
    view.parts.push_back({.msn = msn,
                          .index = index++,
                          .uri = part.uri,
                          .duration = part.duration,
                          .end = end,
                          .has_end = has_end,
                          .independent = part.independent});
  }
}

std::shared_ptr<const LivePlaylistView> view_of(const MediaPlaylistText& text) {
  auto view = std::make_shared<LivePlaylistView>();
  std::optional<media::hls::Date> date;
  uint64_t msn = text.media_sequence + (text.skip ? text.skip->segment_count : 0);
  for (const SegmentText& segment : text.segments) {
    if (segment.date) date = segment.date;
    add_parts(*view, segment, msn++, date);
    if (date) *date += segment.duration;
  }
  if (text.next.date) date = text.next.date;
  add_parts(*view, text.next, msn, date);
  view->next_msn = msn;
  view->next_index = text.next.parts.size();
  view->ended = text.ended;
  if (text.server_control) {
    view->can_block = text.server_control->can_block_reload;
    view->hold_back = text.server_control->part_hold_back.value_or(
        text.server_control->hold_back.value_or(view->hold_back));
  }
  if (view->hold_back.count() == 0)
    view->hold_back = std::chrono::seconds(3) * text.target_duration_s;
  return view;
}

}  // namespace

core::Result<std::shared_ptr<const LivePlaylistView>> PlaylistMemo::read(std::string_view text) {
  const uint64_t hash = std::hash<std::string_view>()(text);
  const auto known = std::ranges::find(known_, hash, &Known::hash);
  if (known != known_.end()) return known->view;
  const auto parsed = media::hls::parse_media_playlist(text);
  if (!parsed) return core::fail(core::ErrorCode::kMalformed, "no media playlist");
  known_.push_front({.hash = hash, .view = view_of(*parsed)});
  if (known_.size() > kKeptMax) known_.pop_back();
  return known_.front().view;
}

}  // namespace millrace::swarm
