#include "media/hls/media_playlist_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/rfc3339.h"

namespace millrace::media::hls {
namespace {

using Parser = MediaPlaylistParser;

// A client counts segments up from it, so there must be room above.
constexpr uint64_t kSequenceMax = uint64_t{1} << 62;

struct RangeText {
  uint64_t size = 0;
  std::optional<uint64_t> offset;
};

/// `<n>[@<o>]`
std::optional<RangeText> parse_range(std::string_view text) {
  const size_t at = std::min(text.find('@'), text.size());
  const auto size = parse_decimal_integer(text.substr(0, at));
  if (!size) return {};
  if (at == text.size()) return RangeText{.size = *size, .offset = {}};
  const auto offset = parse_decimal_integer(text.substr(at + 1));
  if (!offset) return {};
  return RangeText{.size = *size, .offset = offset};
}

std::vector<std::string> split_tabs(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t tab = std::min(text.find('\t'), text.size());
    parts.emplace_back(text.substr(0, tab));
    text.remove_prefix(std::min(tab + 1, text.size()));
  }
  return parts;
}

}  // namespace

void Parser::refuse(std::string what) {
  if (std::exchange(failed_, true)) return;
  if (!tag_.empty()) what = fmt::format("{}: {}", tag_, what);
  error_ = {.line = line_, .what = std::move(what)};
}

void Parser::check(const AttributeTaker& attributes) {
  if (!attributes.error().empty()) refuse(attributes.error());
}

void Parser::check_bare(std::string_view text) {
  if (!text.empty()) refuse("has a value, and must have none");
}

void Parser::check_before_segments() {
  if (!list_.segments.empty() || !list_.next.parts.empty()) refuse("stands behind a segment");
}

template <class T>
void Parser::add(std::vector<T>& to, T value) {
  if (to.size() == limits_.tags_max) return refuse("appears too often");
  to.push_back(std::move(value));
}

std::optional<uint64_t> Parser::integer(std::string_view text) {
  const auto value = parse_decimal_integer(text);
  if (!value) refuse("is no decimal integer");
  return value;
}

std::optional<ByteRange> Parser::range_of(std::string_view text, const std::string& uri,
                                          const std::optional<ByteRange>& last,
                                          const std::string& last_uri) {
  const std::optional<RangeText> read = parse_range(text);
  if (!read) {
    refuse(fmt::format("byte range \"{}\" is not like 1000@500", text.substr(0, 48)));
    return {};
  }
  ByteRange range{.offset = read->offset.value_or(0), .size = read->size};
  if (!read->offset) {
    // It continues the range before, which must be of the same file (4.4.4.2).
    if (!last || last_uri != uri) {
      refuse("a byte range without an offset follows no range of the same file");
      return {};
    }
    range.offset = last->offset + last->size;
  }
  if (range.size > UINT64_MAX - range.offset) {
    refuse("a byte range ends beyond 2^64");
    return {};
  }
  return range;
}

void Parser::take_uri(std::string_view text) {
  if (!has_extinf_) return refuse("a URI without its EXTINF");
  if (list_.segments.size() == limits_.segments_max) return refuse("too many segments");
  SegmentText& segment = list_.next;
  segment.uri = text;
  segment.line = line_;
  if (!byte_range_.empty()) {
    segment.range =
        range_of(std::exchange(byte_range_, {}), segment.uri, last_range_, last_range_uri_);
  }
  last_range_ = segment.range;
  last_range_uri_ = segment.uri;
  segment.discontinuity_sequence = discontinuity_count_;  // Its base is added at the end.
  list_.segments.push_back(std::move(segment));
  const SegmentText& done = list_.segments.back();
  list_.next = {.bitrate_kbps = done.bitrate_kbps, .map = done.map, .key = done.key};
  has_extinf_ = false;
}

void Parser::take_extinf(std::string_view text) {
  const size_t comma = text.find(',');
  const auto duration = parse_decimal_float(text.substr(0, comma));
  if (comma == text.npos || !duration) return refuse("is not <seconds>,[<title>]");
  if (has_extinf_) return refuse("follows another one without a URI between");
  has_extinf_ = true;
  list_.next.duration = *duration;
  list_.next.title = text.substr(comma + 1);
}

void Parser::take_part(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  PartText part{.uri = in.required("URI", in.quoted("URI")),
                .duration = in.required("DURATION", in.seconds("DURATION")),
                .range = {},
                .independent = in.is_yes("INDEPENDENT"),
                .gap = in.is_yes("GAP"),
                .line = line_};
  const auto range = in.quoted("BYTERANGE");
  check(in);
  if (failed_) return;
  if (has_extinf_) return refuse("stands behind the EXTINF of its segment");
  if (range) part.range = range_of(*range, part.uri, last_part_range_, last_part_uri_);
  last_part_range_ = part.range;
  last_part_uri_ = part.uri;
  if (part_count_++ == limits_.tags_max) return refuse("appears too often");
  list_.next.parts.push_back(std::move(part));
}

void Parser::take_byte_range(std::string_view text) {
  if (!byte_range_.empty()) return refuse("appears twice for one segment");
  if (text.empty()) return refuse("has no value");
  byte_range_ = text;
}

void Parser::take_date(std::string_view text) {
  const core::Result<Date> date = core::parse_rfc3339(text);
  if (!date) return refuse("is no date like 2026-03-01T12:00:00.250Z");
  list_.next.date = *date;
}

void Parser::take_discontinuity(std::string_view text) {
  check_bare(text);
  list_.next.discontinuity = true;
  ++discontinuity_count_;
}

void Parser::take_gap(std::string_view text) {
  check_bare(text);
  list_.next.gap = true;
}

void Parser::take_bitrate(std::string_view text) { list_.next.bitrate_kbps = integer(text); }

void Parser::take_map(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  MapText map{.uri = in.required("URI", in.quoted("URI")), .range = {}};
  const auto range = in.quoted("BYTERANGE");
  check(in);
  if (failed_) return;
  if (range) map.range = range_of(*range, map.uri, std::nullopt, {});
  add(list_.maps, std::move(map));
  list_.next.map = list_.maps.size() - 1;
}

void Parser::take_key(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  KeyText key{.method = in.required("METHOD", in.plain("METHOD")),
              .uri = in.quoted("URI").value_or(""),
              .iv = in.hexadecimal("IV").value_or(""),
              .key_format = in.quoted("KEYFORMAT").value_or("identity")};
  if (key.method != "NONE" && key.uri.empty()) in.refuse("URI", "is missing");
  if (key.method == "NONE" && in.all().size() > 1) in.refuse("METHOD", "NONE stands alone");
  check(in);
  add(list_.keys, std::move(key));
  list_.next.key = list_.keys.size() - 1;
}

void Parser::take_date_range(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  DateRangeText range{.id = in.required("ID", in.quoted("ID")),
                      .start = in.date("START-DATE"),
                      .end = in.date("END-DATE"),
                      .duration = in.seconds("DURATION"),
                      .planned_duration = in.seconds("PLANNED-DURATION"),
                      .ends_on_next = in.is_yes("END-ON-NEXT"),
                      .all = {}};
  for (const char* name : {"SCTE35-CMD", "SCTE35-OUT", "SCTE35-IN"}) in.hexadecimal(name);
  if (range.ends_on_next && !in.quoted("CLASS")) in.refuse("END-ON-NEXT", "needs a CLASS");
  if (range.ends_on_next && (range.duration || range.end)) {
    in.refuse("END-ON-NEXT", "forbids DURATION and END-DATE");
  }
  if (range.start && range.end && *range.end < *range.start) {
    in.refuse("END-DATE", "is before START-DATE");
  }
  check(in);
  range.all = in.all();
  add(list_.date_ranges, std::move(range));
}

void Parser::take_preload_hint(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  const std::string type = in.required("TYPE", in.plain("TYPE"));
  if (type != "PART" && type != "MAP") return check(in);  // Of a later version: ignored.
  PreloadHintText hint{
      .kind = type == "MAP" ? PreloadHintText::Kind::kMap : PreloadHintText::Kind::kPart,
      .uri = in.required("URI", in.quoted("URI")),
      .offset = in.integer("BYTERANGE-START").value_or(0),
      .size = in.integer("BYTERANGE-LENGTH")};
  check(in);
  add(list_.preload_hints, std::move(hint));
}

void Parser::take_rendition_report(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  RenditionReportText report{.uri = in.required("URI", in.quoted("URI")),
                             .last_msn = in.integer("LAST-MSN"),
                             .last_part = in.integer("LAST-PART")};
  check(in);
  add(list_.rendition_reports, std::move(report));
}

void Parser::take_skip(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  SkipText skip{
      .segment_count = in.required("SKIPPED-SEGMENTS", in.integer("SKIPPED-SEGMENTS")),
      .removed_date_ranges = split_tabs(in.quoted("RECENTLY-REMOVED-DATERANGES").value_or(""))};
  if (skip.segment_count > kSequenceMax) in.refuse("SKIPPED-SEGMENTS", "is too large");
  check(in);
  check_before_segments();
  list_.skip = std::move(skip);
}

void Parser::take_version(std::string_view text) { list_.version = integer(text).value_or(1); }

void Parser::take_target_duration(std::string_view text) {
  const auto seconds = integer(text).value_or(0);
  if (seconds > UINT32_MAX) return refuse("is too large");
  list_.target_duration_s = static_cast<uint32_t>(seconds);
  has_target_duration_ = true;
}

void Parser::take_media_sequence(std::string_view text) {
  list_.media_sequence = integer(text).value_or(0);
  if (list_.media_sequence > kSequenceMax) refuse("is too large");
  check_before_segments();
}

void Parser::take_discontinuity_sequence(std::string_view text) {
  list_.discontinuity_sequence = integer(text).value_or(0);
  if (list_.discontinuity_sequence > kSequenceMax) refuse("is too large");
  check_before_segments();
  if (discontinuity_count_ > 0) refuse("stands behind an EXT-X-DISCONTINUITY");
}

void Parser::take_end(std::string_view text) {
  check_bare(text);
  list_.ended = true;
}

void Parser::take_type(std::string_view text) {
  if (text != "VOD" && text != "EVENT") return refuse("is neither VOD nor EVENT");
  list_.type = text == "VOD" ? PlaylistType::kVod : PlaylistType::kEvent;
}

void Parser::take_i_frames_only(std::string_view text) {
  check_bare(text);
  list_.content = PlaylistContent::kIFramesOnly;
}

void Parser::take_independent(std::string_view text) {
  check_bare(text);
  list_.independent_segments = true;
}

void Parser::take_part_target(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  list_.part_target = in.required("PART-TARGET", in.seconds("PART-TARGET"));
  check(in);
}

void Parser::take_server_control(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  list_.server_control = {.can_skip_until = in.seconds("CAN-SKIP-UNTIL"),
                          .can_skip_date_ranges = in.is_yes("CAN-SKIP-DATERANGES"),
                          .hold_back = in.seconds("HOLD-BACK"),
                          .part_hold_back = in.seconds("PART-HOLD-BACK"),
                          .can_block_reload = in.is_yes("CAN-BLOCK-RELOAD")};
  check(in);
}

void Parser::take_start(std::string_view text) {
  AttributeTaker in(text, limits_.attributes_max);
  list_.start = {.offset = in.required("TIME-OFFSET", in.signed_seconds("TIME-OFFSET")),
                 .precise = in.is_yes("PRECISE")};
  check(in);
}

void Parser::take_foreign(std::string_view /*text*/) { refuse("has no place in a Media Playlist"); }

const Parser::Rule* Parser::find_rule(std::string_view tag) noexcept {
  static constexpr std::array<Rule, 31> kRules{{
      {"EXTINF", Times::kAny, &Parser::take_extinf},
      {"EXT-X-PART", Times::kAny, &Parser::take_part},
      {"EXT-X-BYTERANGE", Times::kAny, &Parser::take_byte_range},
      {"EXT-X-PROGRAM-DATE-TIME", Times::kAny, &Parser::take_date},
      {"EXT-X-DISCONTINUITY", Times::kAny, &Parser::take_discontinuity},
      {"EXT-X-GAP", Times::kAny, &Parser::take_gap},
      {"EXT-X-BITRATE", Times::kAny, &Parser::take_bitrate},
      {"EXT-X-MAP", Times::kAny, &Parser::take_map},
      {"EXT-X-KEY", Times::kAny, &Parser::take_key},
      {"EXT-X-DATERANGE", Times::kAny, &Parser::take_date_range},
      {"EXT-X-PRELOAD-HINT", Times::kAny, &Parser::take_preload_hint},
      {"EXT-X-RENDITION-REPORT", Times::kAny, &Parser::take_rendition_report},
      {"EXT-X-SKIP", Times::kOnce, &Parser::take_skip},
      {"EXT-X-VERSION", Times::kOnce, &Parser::take_version},
      {"EXT-X-TARGETDURATION", Times::kOnce, &Parser::take_target_duration},
      {"EXT-X-MEDIA-SEQUENCE", Times::kOnce, &Parser::take_media_sequence},
      {"EXT-X-DISCONTINUITY-SEQUENCE", Times::kOnce, &Parser::take_discontinuity_sequence},
      {"EXT-X-ENDLIST", Times::kOnce, &Parser::take_end},
      {"EXT-X-PLAYLIST-TYPE", Times::kOnce, &Parser::take_type},
      {"EXT-X-I-FRAMES-ONLY", Times::kOnce, &Parser::take_i_frames_only},
      {"EXT-X-INDEPENDENT-SEGMENTS", Times::kOnce, &Parser::take_independent},
      {"EXT-X-PART-INF", Times::kOnce, &Parser::take_part_target},
      {"EXT-X-SERVER-CONTROL", Times::kOnce, &Parser::take_server_control},
      {"EXT-X-START", Times::kOnce, &Parser::take_start},
      {"EXTM3U", Times::kAny, &Parser::take_foreign},
      {"EXT-X-MEDIA", Times::kAny, &Parser::take_foreign},
      {"EXT-X-STREAM-INF", Times::kAny, &Parser::take_foreign},
      {"EXT-X-I-FRAME-STREAM-INF", Times::kAny, &Parser::take_foreign},
      {"EXT-X-SESSION-DATA", Times::kAny, &Parser::take_foreign},
      {"EXT-X-SESSION-KEY", Times::kAny, &Parser::take_foreign},
      {"EXT-X-CONTENT-STEERING", Times::kAny, &Parser::take_foreign},
  }};
  static_assert(kRules.size() <= 64, "seen_ has a bit for each");
  const auto found = std::ranges::find(kRules, tag, &Rule::tag);
  return found == kRules.end() ? nullptr : &*found;
}

bool Parser::take(const PlaylistLine& line) {
  line_ = line.number;
  tag_ = line.tag;
  if (line.tag.empty()) {
    take_uri(line.text);
    return !failed_;
  }
  const Rule* rule = find_rule(line.tag);
  if (rule == nullptr) {
    add(list_.unknown,
        {.line = line_, .name = std::string(line.tag), .text = std::string(line.text)});
    return !failed_;
  }
  const uint64_t bit = uint64_t{1} << (rule - find_rule("EXTINF"));
  if (rule->times == Times::kOnce && (seen_ & bit) != 0) refuse("appears twice");
  seen_ |= bit;
  if (!failed_) (this->*rule->take)(line.text);
  return !failed_;
}

bool Parser::finish() {
  tag_ = {};
  if (has_extinf_ || !byte_range_.empty()) refuse("the URI of the last segment is missing");
  line_ = 0;
  if (!has_target_duration_) refuse("EXT-X-TARGETDURATION is missing");
  uint64_t sequence = list_.media_sequence + (list_.skip ? list_.skip->segment_count : 0);
  for (SegmentText& segment : list_.segments) {
    segment.media_sequence = sequence++;
    segment.discontinuity_sequence += list_.discontinuity_sequence;
  }
  list_.next.media_sequence = sequence;
  list_.next.discontinuity_sequence = discontinuity_count_ + list_.discontinuity_sequence;
  return !failed_;
}

}  // namespace millrace::media::hls
