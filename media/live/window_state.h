// What of a live rendition exists at one moment. Plain values that never change, for every core.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/snapshot.h"
#include "http/open_file.h"
#include "media/hls/live_playlist.h"

namespace millrace::media::live {

struct PartBytes {
  uint64_t offset = 0;
  uint64_t size = 0;  ///< 0: a gap.
};

struct Segment {
  hls::LiveSegment text;                       ///< What playlists say of it.
  uint64_t media_start = 0;                    ///< Decode time of its first sample, in ticks.
  std::vector<PartBytes> parts;                ///< One for each of `text.parts`.
  uint64_t size = 0;                           ///< In bytes.
  std::shared_ptr<const http::OpenFile> file;  ///< Null: a gap.

  uint64_t media_end() const noexcept { return media_start + text.duration; }
};

/// How far a rendition has come: all segments before `msn` are complete, and the first
/// `part_count` parts of `msn` exist.
struct Progress {
  uint64_t msn = 0;
  uint64_t part_count = 0;
  uint64_t last_part_count = 0;  ///< Of segment `msn` - 1.

  friend bool operator==(const Progress&, const Progress&) = default;
};

struct InitSegment {
  uint64_t number = 0;  ///< In its name: the first segment that it holds for.
  core::Snapshot<std::string> bytes;
};

struct WindowState {
  uint32_t timescale = 1;                         ///< Of all ticks in it.
  std::vector<core::Snapshot<Segment>> segments;  ///< Complete, in order, without holes.
  size_t listed_from = 0;        ///< Those before it have left the list, and can still be fetched.
  core::Snapshot<Segment> open;  ///< Its parts exist; null: there is none yet.
  uint64_t next_msn = 0;         ///< Of the open segment, or of the one that comes.
  uint64_t next_part = 0;        ///< Number of the part that comes.
  uint64_t discontinuity_sequence = 0;
  std::vector<InitSegment> inits;  ///< Of all that can be fetched, and the newest.
  uint64_t revision = 0;           ///< Another one after each change.
  bool ended = false;

  Progress progress() const noexcept;
  /// The first segment of the list.
  uint64_t media_sequence() const noexcept { return next_msn - (segments.size() - listed_from); }
  /// The oldest that can be fetched.
  uint64_t oldest_msn() const noexcept { return next_msn - segments.size(); }
  bool is_empty() const noexcept { return segments.empty() && open == nullptr; }

  /// A complete segment; null where there is none of that number.
  const Segment* find(uint64_t msn) const noexcept;
  const InitSegment* find_init(uint64_t number) const noexcept;
  /// A part by the number in its name; nothing where it does not exist, or is a gap.
  struct FoundPart {
    const Segment* segment = nullptr;
    PartBytes bytes;
  };
  std::optional<FoundPart> find_part(uint64_t number) const noexcept;
};

}  // namespace millrace::media::live
