#include "media/hls/multivariant_playlist_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "media/hls/attribute_taker.h"
#include "media/hls/playlist_lines.h"

namespace millrace::media::hls {
namespace {

constexpr std::array<std::string_view, 15> kMediaTags{"EXTINF",
                                                      "EXT-X-TARGETDURATION",
                                                      "EXT-X-MEDIA-SEQUENCE",
                                                      "EXT-X-BYTERANGE",
                                                      "EXT-X-MAP",
                                                      "EXT-X-DISCONTINUITY-SEQUENCE",
                                                      "EXT-X-KEY",
                                                      "EXT-X-PART",
                                                      "EXT-X-PROGRAM-DATE-TIME",
                                                      "EXT-X-ENDLIST",
                                                      "EXT-X-PART-INF",
                                                      "EXT-X-DISCONTINUITY",
                                                      "EXT-X-GAP",
                                                      "EXT-X-PLAYLIST-TYPE",
                                                      "EXT-X-I-FRAMES-ONLY"};
constexpr std::array<std::string_view, 6> kMultivariantTags{
    "EXT-X-STREAM-INF",   "EXT-X-MEDIA",       "EXT-X-I-FRAME-STREAM-INF",
    "EXT-X-SESSION-DATA", "EXT-X-SESSION-KEY", "EXT-X-CONTENT-STEERING"};

bool is_in(const auto& tags, std::string_view tag) {
  return std::ranges::find(tags, tag) != tags.end();
}

std::optional<RenditionText::Type> type_named(std::string_view name) {
  using enum RenditionText::Type;
  if (name == "AUDIO") return kAudio;
  if (name == "VIDEO") return kVideo;
  if (name == "SUBTITLES") return kSubtitles;
  if (name == "CLOSED-CAPTIONS") return kClosedCaptions;
  return {};
}

/// SDR when it says nothing, or what is not known yet (4.4.6.2).
VideoRange range_of(AttributeTaker& in) {
  const std::string name = in.plain("VIDEO-RANGE").value_or("SDR");
  if (name == "PQ") return VideoRange::kPq;
  return name == "HLG" ? VideoRange::kHlg : VideoRange::kSdr;
}

std::optional<FrameRate> frame_rate_of(AttributeTaker& in) {
  const std::optional<Seconds> frames = in.seconds("FRAME-RATE");
  if (!frames) return {};
  return FrameRate{.num = static_cast<uint64_t>(frames->count()), .den = 1'000'000'000};
}

class Parser {
 public:
  explicit Parser(const ReadLimits& limits) noexcept : limits_(limits) {}

  /// Empty: all is well.
  std::string take(const PlaylistLine& line) {
    if (line.tag.empty()) return take_uri(line);
    std::string what = take_tag(line);
    if (!what.empty()) what = fmt::format("{}: {}", line.tag, what);
    return what;
  }
  std::string finish() {
    if (pending_) return "the URI of the last variant is missing";
    return list.variants.empty() ? "there is no EXT-X-STREAM-INF" : "";
  }

  MultivariantPlaylistText list;

 private:
  std::string take_uri(const PlaylistLine& line) {
    if (!pending_) return "a URI without its EXT-X-STREAM-INF";
    pending_->variant.uri = line.text;
    return add(list.variants, *std::exchange(pending_, std::nullopt));
  }

  std::string take_tag(const PlaylistLine& line) {
    if (pending_) return "stands between EXT-X-STREAM-INF and its URI";
    if (line.tag == "EXT-X-STREAM-INF") return take_variant(line);
    if (line.tag == "EXT-X-MEDIA") return take_rendition(line);
    if (line.tag == "EXT-X-I-FRAME-STREAM-INF") return take_i_frames(line);
    if (line.tag == "EXT-X-VERSION") return take_version(line);
    if (line.tag == "EXT-X-START") return take_start(line);
    if (line.tag == "EXT-X-INDEPENDENT-SEGMENTS") return take_independent(line);
    if (line.tag == "EXTM3U" || is_in(kMediaTags, line.tag)) {
      return "has no place in a Multivariant Playlist";
    }
    return add(list.unknown, UnknownTag{.line = line.number,
                                        .name = std::string(line.tag),
                                        .text = std::string(line.text)});
  }

  std::string take_version(const PlaylistLine& line) {
    const auto version = parse_decimal_integer(line.text);
    if (!version) return "is no decimal integer";
    list.version = *version;
    return std::exchange(has_version_, true) ? "appears twice" : "";
  }

  std::string take_independent(const PlaylistLine& line) {
    if (std::exchange(list.independent_segments, true)) return "appears twice";
    return line.text.empty() ? "" : "has a value, and must have none";
  }

  std::string take_start(const PlaylistLine& line) {
    if (list.start) return "appears twice";
    AttributeTaker in(line.text, limits_.attributes_max);
    list.start = StartText{.offset = in.required("TIME-OFFSET", in.signed_seconds("TIME-OFFSET")),
                           .precise = in.is_yes("PRECISE")};
    return in.error();
  }

  std::string take_variant(const PlaylistLine& line) {
    AttributeTaker in(line.text, limits_.attributes_max);
    pending_ = VariantText{
        .variant = {.uri = {},
                    .bandwidth_bps = in.required("BANDWIDTH", in.integer("BANDWIDTH")),
                    .average_bandwidth_bps = in.integer("AVERAGE-BANDWIDTH").value_or(0),
                    .codecs = in.quoted("CODECS").value_or(""),
                    .resolution = in.resolution("RESOLUTION"),
                    .frame_rate = frame_rate_of(in),
                    .video_range = range_of(in),
                    .audio_group = in.quoted("AUDIO").value_or("")},
        .subtitles_group = in.quoted("SUBTITLES").value_or(""),
        .all = in.all(),
        .line = line.number};
    return in.error();
  }

  std::string take_i_frames(const PlaylistLine& line) {
    AttributeTaker in(line.text, limits_.attributes_max);
    IFrameVariantText found{
        .variant = {.uri = in.required("URI", in.quoted("URI")),
                    .bandwidth_bps = in.required("BANDWIDTH", in.integer("BANDWIDTH")),
                    .average_bandwidth_bps = in.integer("AVERAGE-BANDWIDTH").value_or(0),
                    .codecs = in.quoted("CODECS").value_or(""),
                    .resolution = in.resolution("RESOLUTION"),
                    .video_range = range_of(in)},
        .all = in.all(),
        .line = line.number};
    if (!in.error().empty()) return in.error();
    return add(list.i_frames, std::move(found));
  }

  std::string take_rendition(const PlaylistLine& line) {
    AttributeTaker in(line.text, limits_.attributes_max);
    const auto type = type_named(in.required("TYPE", in.plain("TYPE")));
    if (!type) in.refuse("TYPE", "is none of AUDIO, VIDEO, SUBTITLES and CLOSED-CAPTIONS");
    RenditionText found{.type = type.value_or(RenditionText::Type::kAudio),
                        .group = in.required("GROUP-ID", in.quoted("GROUP-ID")),
                        .name = in.required("NAME", in.quoted("NAME")),
                        .uri = in.quoted("URI").value_or(""),
                        .language = in.quoted("LANGUAGE").value_or(""),
                        .channels = in.quoted("CHANNELS").value_or(""),
                        .is_default = in.is_yes("DEFAULT"),
                        .autoselect = in.is_yes("AUTOSELECT"),
                        .forced = in.is_yes("FORCED"),
                        .all = in.all(),
                        .line = line.number};
    const bool captions = found.type == RenditionText::Type::kClosedCaptions;
    if (captions && !found.uri.empty()) in.refuse("URI", "is not for closed captions");
    if (captions) in.required("INSTREAM-ID", in.quoted("INSTREAM-ID"));
    if (found.type == RenditionText::Type::kSubtitles && found.uri.empty()) {
      in.refuse("URI", "is missing");
    }
    if (!in.error().empty()) return in.error();
    return add(list.renditions, std::move(found));
  }

  template <class T>
  std::string add(std::vector<T>& to, T value) {
    if (to.size() == limits_.tags_max) return "too many of its kind";
    to.push_back(std::move(value));
    return {};
  }

  const ReadLimits limits_;
  std::optional<VariantText> pending_;
  bool has_version_ = false;
};

}  // namespace

PlaylistResult<MultivariantPlaylistText> parse_multivariant_playlist(std::string_view text,
                                                                     const ReadLimits& limits) {
  auto lines = PlaylistLines::open(text, limits);
  if (!lines) return std::unexpected(std::move(lines.error()));
  Parser parser(limits);
  for (;;) {
    const auto line = lines->next();
    if (!line) return std::unexpected(line.error());
    if (!*line) break;
    std::string what = parser.take(**line);
    if (!what.empty()) {
      return std::unexpected(PlaylistError{.line = (*line)->number, .what = std::move(what)});
    }
  }
  std::string what = parser.finish();
  if (!what.empty()) return std::unexpected(PlaylistError{.line = 0, .what = std::move(what)});
  return std::move(parser.list);
}

PlaylistResult<PlaylistKind> kind_of_playlist(std::string_view text, const ReadLimits& limits) {
  auto lines = PlaylistLines::open(text, limits);
  if (!lines) return std::unexpected(std::move(lines.error()));
  for (;;) {
    const auto line = lines->next();
    if (!line) return std::unexpected(line.error());
    if (!*line) break;
    if (is_in(kMultivariantTags, (*line)->tag)) return PlaylistKind::kMultivariant;
    if (is_in(kMediaTags, (*line)->tag)) return PlaylistKind::kMedia;
  }
  return std::unexpected(
      PlaylistError{.line = 0, .what = "no tag says what kind of playlist this is"});
}

}  // namespace millrace::media::hls
