// The state of reading one Media Playlist, a tag at a time.
#pragma once

#include "media/hls/attribute_taker.h"
#include "media/hls/media_playlist_text.h"
#include "media/hls/playlist_lines.h"

namespace millrace::media::hls {

class MediaPlaylistParser {
 public:
  explicit MediaPlaylistParser(const ReadLimits& limits) noexcept : limits_(limits) {}

  /// False: the line breaks a rule, error() says which.
  bool take(const PlaylistLine& line);
  /// After the last line; false as above.
  bool finish();

  [[nodiscard]] PlaylistError error() && { return std::move(error_); }
  [[nodiscard]] MediaPlaylistText list() && { return std::move(list_); }

  /// How often a tag may appear, and what takes its value.
  enum class Times : uint8_t { kOnce, kAny };
  struct Rule {
    std::string_view tag;
    Times times;
    void (MediaPlaylistParser::*take)(std::string_view text);
  };

 private:
  static const Rule* find_rule(std::string_view tag) noexcept;

  void take_uri(std::string_view text);
  void take_extinf(std::string_view text);
  void take_part(std::string_view text);
  void take_byte_range(std::string_view text);
  void take_date(std::string_view text);
  void take_discontinuity(std::string_view text);
  void take_gap(std::string_view text);
  void take_bitrate(std::string_view text);
  void take_map(std::string_view text);
  void take_key(std::string_view text);
  void take_date_range(std::string_view text);
  void take_preload_hint(std::string_view text);
  void take_rendition_report(std::string_view text);
  void take_skip(std::string_view text);
  void take_version(std::string_view text);
  void take_target_duration(std::string_view text);
  void take_media_sequence(std::string_view text);
  void take_discontinuity_sequence(std::string_view text);
  void take_end(std::string_view text);
  void take_type(std::string_view text);
  void take_i_frames_only(std::string_view text);
  void take_independent(std::string_view text);
  void take_part_target(std::string_view text);
  void take_server_control(std::string_view text);
  void take_start(std::string_view text);
  void take_foreign(std::string_view text);

  void refuse(std::string what);
  void check(const AttributeTaker& attributes);
  void check_bare(std::string_view text);
  void check_before_segments();
  template <class T>
  void add(std::vector<T>& to, T value);
  std::optional<uint64_t> integer(std::string_view text);
  std::optional<ByteRange> range_of(std::string_view text, const std::string& uri,
                                    const std::optional<ByteRange>& last,
                                    const std::string& last_uri);

  const ReadLimits limits_;
  MediaPlaylistText list_;
  PlaylistError error_;
  bool failed_ = false;
  uint32_t line_ = 0;
  std::string_view tag_;
  uint64_t seen_ = 0;  // A bit for each rule.
  bool has_target_duration_ = false;
  bool has_extinf_ = false;
  uint64_t discontinuity_count_ = 0;
  std::string byte_range_;  // Its offset may depend on the URI that follows.
  std::optional<ByteRange> last_range_;
  std::string last_range_uri_;
  std::optional<ByteRange> last_part_range_;
  std::string last_part_uri_;
  size_t part_count_ = 0;
};

}  // namespace millrace::media::hls
