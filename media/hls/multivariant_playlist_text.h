// A Multivariant Playlist as it is read (rfc8216bis, 4.4.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/hls/attributes.h"
#include "media/hls/media_playlist_text.h"
#include "media/hls/multivariant_playlist.h"
#include "media/hls/playlist_error.h"

namespace millrace::media::hls {

/// EXT-X-MEDIA of any type.
struct RenditionText {
  enum class Type : uint8_t { kAudio, kVideo, kSubtitles, kClosedCaptions };
  Type type = Type::kAudio;
  std::string group;
  std::string name;
  std::string uri;  ///< Empty: in the variants' own files.
  std::string language;
  std::string channels;  ///< "2", "6", "16/JOC".
  bool is_default = false;
  bool autoselect = false;
  bool forced = false;
  Attributes all;
  uint32_t line = 0;
};

/// EXT-X-STREAM-INF with its URI. An absent AVERAGE-BANDWIDTH is 0, an absent VIDEO-RANGE SDR; what
/// Variant has no place for is in `all`.
struct VariantText {
  Variant variant;
  std::string subtitles_group;
  Attributes all;
  uint32_t line = 0;
};

/// EXT-X-I-FRAME-STREAM-INF.
struct IFrameVariantText {
  IFrameVariant variant;
  Attributes all;
  uint32_t line = 0;
};

struct MultivariantPlaylistText {
  uint64_t version = 1;
  bool independent_segments = false;
  std::optional<StartText> start;
  std::vector<RenditionText> renditions;
  std::vector<VariantText> variants;
  std::vector<IFrameVariantText> i_frames;
  std::vector<UnknownTag> unknown;  ///< Also session data and keys, steering, definitions.
};

/// Strict as parse_media_playlist. At least one variant.
PlaylistResult<MultivariantPlaylistText> parse_multivariant_playlist(std::string_view text,
                                                                     const ReadLimits& limits = {});

enum class PlaylistKind : uint8_t { kMultivariant, kMedia };

/// By the first tag that only one kind may have (4.1). Errors: there is none, or it is no playlist.
PlaylistResult<PlaylistKind> kind_of_playlist(std::string_view text, const ReadLimits& limits = {});

}  // namespace millrace::media::hls
