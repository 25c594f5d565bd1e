// The playlists of a presentation, and every address in them. Relative to
//   /api/VideoStream/manifest/{id}.m3u8
// they are {id}/{quality}.m3u8?segment=6, {id}/{quality}/init.mp4,
// {id}/{quality}/{first}-{last}.m4s (or .ts) with fragment numbers, {id}/{quality}/iframes.m3u8 and
// {id}/{quality}/track.mp4.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"
#include "media/vod/presentation.h"
#include "media/vod/variant_filter.h"

namespace millrace::media::vod {

enum class SegmentContainer : uint8_t { kFmp4, kTransportStream };

/// The multivariant playlist of what can be played now and the filter allows. Where a limit of size
/// or bit rate leaves nothing, the least demanding variant stays. kNotFound: no rendition has the
/// codecs asked for. kConflict: nothing has a whole segment yet.
core::Result<std::string> multivariant_playlist(const Presentation& presentation,
                                                const VariantFilter& filter, uint32_t segment_s);

struct MediaPlaylistRequest {
  std::string_view quality;
  uint32_t segment_s = 0;
  SegmentContainer container = SegmentContainer::kFmp4;
};

/// The media playlist of one rendition: EVENT until the whole presentation is finished, then VOD.
/// kNotFound: no such rendition. kConflict: it has no whole segment yet.
core::Result<std::string> media_playlist(const Presentation& presentation,
                                         const MediaPlaylistRequest& request);

/// The key frames of a finished picture rendition, as byte ranges of track.mp4: the moof, the mdat
/// header and the first sample. kNotFound for sound and for what is not finished.
core::Result<std::string> i_frame_playlist(const Presentation& presentation,
                                           std::string_view quality);

}  // namespace millrace::media::vod
