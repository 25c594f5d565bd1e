// What playlists say, read once for all viewers that get the same text.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace millrace::swarm {

/// What a viewer needs of a media playlist.
struct LivePart {
  uint64_t msn = 0;
  uint64_t index = 0;
  std::string uri;
  std::chrono::nanoseconds duration{};
  std::chrono::system_clock::time_point end;  ///< On the publisher's clock.
  bool has_end = false;                       ///< The playlist has dates.
  bool independent = false;
};

struct LivePlaylistView {
  std::vector<LivePart> parts;  ///< Listed ones, in order.
  uint64_t next_msn = 0;        ///< Of the part that comes next.
  uint64_t next_index = 0;
  std::chrono::nanoseconds hold_back{};
  bool can_block = false;
  bool ended = false;
};

/// Of one core. Ten thousand viewers get the same bytes twice a second: only the first of them pays
/// for reading them.
class PlaylistMemo {
 public:
  /// Errors: kMalformed: no media playlist.
  core::Result<std::shared_ptr<const LivePlaylistView>> read(std::string_view text);

 private:
  struct Known {
    uint64_t hash;
    std::shared_ptr<const LivePlaylistView> view;
  };
  static constexpr size_t kKeptMax = 64;

  std::deque<Known> known_;  // The newest first.
};

}  // namespace millrace::swarm
