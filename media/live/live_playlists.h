// The playlists of a live stream, from its windows. Relative to
//   /api/VideoStream/live/{stream}.m3u8
// the addresses in them are {stream}/{quality}.m3u8, {stream}/{quality}/{init}.mp4,
// {stream}/{quality}/{msn}.m4s and {stream}/{quality}/p{part}.m4s.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/snapshot.h"
#include "media/live/rendition_facts.h"
#include "media/live/stream_state.h"
#include "media/live/window_state.h"

namespace millrace::media::live {

/// A rendition and what of it exists.
struct Listed {
  const RenditionFacts* facts;
  core::Snapshot<WindowState> window;
};

/// What the list of a rendition says that is the same in all lists.
struct SharedTags {
  hls::LiveTimings timings;
  std::vector<hls::DateRange> date_ranges;
  hls::SkippedPart::DateRanges skipped_date_ranges;
};

/// The texts of `all[index]`, with reports on the others that have begun (LL-09).
core::Snapshot<RenditionState> render_rendition(const std::vector<Listed>& all, size_t index,
                                                const SharedTags& tags);

/// Of those that have begun; empty where none has.
std::string render_live_multivariant(std::string_view stream, const std::vector<Listed>& all);

}  // namespace millrace::media::live
