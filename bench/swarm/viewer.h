// One viewer of a live stream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/swarm/playlist_memo.h"
#include "bench/swarm/tally.h"
#include "bench/swarm/target.h"
#include "core/cancellation.h"
#include "core/core.h"
#include "http/client/client_connection.h"

namespace millrace::swarm {

/// Plays one rendition as a low-latency player does: joins at the hold-back, asks for the next part
/// by a blocking reload, fetches it, and pretends to watch it at the speed of time. Where a server
/// cannot block it asks again twice a target duration. A connection that fails is made again.
class Viewer {
 public:
  /// All borrowed. `path` is that of the media playlist.
  Viewer(const Target& server, const std::string& path, PlaylistMemo& memo, Tally& tally) noexcept
      : server_(server), path_(path), memo_(memo), tally_(tally) {}

  /// Until `stop` is requested or the stream ends.
  core::Task<void> watch(core::Cancellation& stop);

 private:
  core::Task<core::Result<>> watch_once(core::Cancellation& stop);
  core::Task<core::Result<std::shared_ptr<const LivePlaylistView>>> reload(
      core::Cancellation& stop);
  core::Task<core::Result<>> fetch(const LivePart& part, core::Cancellation& stop);
  core::Task<core::Result<std::string>> get(std::string_view target, core::Cancellation& stop);
  /// The first part that is not behind what was played, or the one to join at.
  [[nodiscard]] size_t first_wanted(const LivePlaylistView& view);
  void note_played(const LivePart& part);
  void note_error(const core::Error& error);

  const Target& server_;
  const std::string& path_;
  PlaylistMemo& memo_;
  Tally& tally_;
  std::unique_ptr<http::ClientConnection> connection_;

  bool has_position_ = false;
  uint64_t msn_ = 0;  // Of the part that was played last.
  uint64_t index_ = 0;
  bool knows_next_ = false;  // The directives of the next reload:
  uint64_t next_msn_ = 0;
  uint64_t next_index_ = 0;

  core::MonotonicTime asked_;
  core::MonotonicTime joined_;
  bool is_playing_ = false;
  core::MonotonicTime play_until_;  // When what was fetched so far has been watched.
};

}  // namespace millrace::swarm
