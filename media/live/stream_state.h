// A live stream at one moment, as every core sees it. Never changes.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/snapshot.h"
#include "http/body.h"
#include "media/hls/live_playlist.h"
#include "media/live/window_state.h"

namespace millrace::media::live {

/// A text that was rendered, compressed and hashed once for all who ask on any core.
struct PlaylistText {
  http::SharedBytes body;  ///< Nothing: there is no such text.
  std::string etag;

  bool exists() const noexcept { return body.identity != nullptr; }
};

PlaylistText make_playlist_text(std::string text);

struct RenditionState {
  std::string quality;
  std::string media_type;  ///< Of its init segments: "video/mp4".
  uint64_t average_bps = 0;
  bool is_video = false;
  core::Snapshot<WindowState> window;
  PlaylistText full;
  PlaylistText delta;              ///< For `_HLS_skip=YES`; nothing: the full one is to be sent.
  PlaylistText delta_date_ranges;  ///< For `_HLS_skip=v2`.
};

struct StreamState {
  enum class Phase : uint8_t { kStarting, kLive, kEnded, kRemoved };

  std::string name;
  hls::LiveTimings timings;
  uint64_t first_msn = 0;  ///< Tells one publication under this name from the next.
  Phase phase = Phase::kStarting;
  std::chrono::system_clock::time_point since;  ///< Of this publication.
  PlaylistText multivariant;                    ///< Nothing until every rendition can be played.
  std::vector<core::Snapshot<RenditionState>> renditions;
};

}  // namespace millrace::media::live
