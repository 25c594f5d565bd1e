// A strict reader of playlists that knows nothing of how we write them: what it accepts follows
// rfc8216bis to the letter, and every violation names the rule of the checklist it breaks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::media::test {

using Attributes = std::map<std::string, std::string, std::less<>>;

struct LintedSegment {
  std::string uri;
  uint64_t duration_us = 0;
  std::optional<std::pair<uint64_t, uint64_t>> range;  ///< Offset, size.
};

struct LintedVariant {
  std::string uri;
  Attributes attributes;
};

struct LintedPlaylist {
  std::vector<std::string> violations;  ///< "PL-03: EXT-X-VERSION twice"; empty for a legal one.
  bool multivariant = false;
  int version = 1;
  uint32_t target_duration_s = 0;
  std::optional<uint64_t> media_sequence;
  std::string type;  ///< "VOD", "EVENT" or empty.
  std::string map_uri;
  bool ended = false;
  bool i_frames_only = false;
  bool independent_segments = false;
  std::vector<LintedSegment> segments;
  std::vector<LintedVariant> variants;
  std::vector<Attributes> media;     ///< EXT-X-MEDIA
  std::vector<Attributes> i_frames;  ///< EXT-X-I-FRAME-STREAM-INF

  uint64_t duration_us() const {
    uint64_t sum = 0;
    for (const LintedSegment& segment : segments) sum += segment.duration_us;
    return sum;
  }
  std::string violations_text() const {
    std::string all;
    for (const std::string& each : violations) all += each + "\n";
    return all;
  }
};

LintedPlaylist lint(std::string_view text);

/// What breaks if a client that holds `before` reloads and gets `after` (PL-11, PL-13, PL-14,
/// PL-15).
std::vector<std::string> lint_reload(const LintedPlaylist& before, const LintedPlaylist& after);

}  // namespace millrace::media::test
