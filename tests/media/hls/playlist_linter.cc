#include "tests/media/hls/playlist_linter.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/utf8.h"

namespace millrace::media::test {
namespace {

enum class Place { kAny, kMedia, kMediaSegment, kMultivariant };

struct TagRule {
  Place place;
  bool at_most_once;
  int version;  ///< That its mere presence needs.
};

// rfc8216bis, 4.4. What is not here, we do not emit.
const std::map<std::string, TagRule, std::less<>> kTags{
    {"EXTM3U", {Place::kAny, true, 1}},
    {"EXT-X-VERSION", {Place::kAny, true, 1}},
    {"EXT-X-INDEPENDENT-SEGMENTS", {Place::kAny, true, 1}},
    {"EXT-X-TARGETDURATION", {Place::kMedia, true, 1}},
    {"EXT-X-MEDIA-SEQUENCE", {Place::kMedia, true, 1}},
    {"EXT-X-ENDLIST", {Place::kMedia, true, 1}},
    {"EXT-X-PLAYLIST-TYPE", {Place::kMedia, true, 1}},
    {"EXT-X-I-FRAMES-ONLY", {Place::kMedia, true, 4}},
    {"EXTINF", {Place::kMediaSegment, false, 1}},
    {"EXT-X-BYTERANGE", {Place::kMediaSegment, false, 4}},
    {"EXT-X-MAP", {Place::kMediaSegment, false, 5}},
    {"EXT-X-MEDIA", {Place::kMultivariant, false, 1}},
    {"EXT-X-STREAM-INF", {Place::kMultivariant, false, 1}},
    {"EXT-X-I-FRAME-STREAM-INF", {Place::kMultivariant, false, 1}},
};

const std::set<std::string, std::less<>> kQuoted{"URI",    "GROUP-ID", "NAME",    "LANGUAGE",
                                                 "CODECS", "AUDIO",    "CHANNELS"};

bool is_decimal_integer(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_decimal_float(std::string_view text) {
  const size_t dot = text.find('.');
  return is_decimal_integer(text.substr(0, dot)) &&
         (dot == std::string_view::npos || is_decimal_integer(text.substr(dot + 1)));
}

uint64_t microseconds(std::string_view text) {
  const size_t dot = std::min(text.find('.'), text.size());
  std::string fraction(text.substr(std::min(dot + 1, text.size())));
  fraction.resize(6, '0');
  return std::stoull(std::string(text.substr(0, dot))) * 1'000'000 + std::stoull(fraction);
}

class Linter {
 public:
  LintedPlaylist run(std::string_view text) {
    check_bytes(text);
    bool first = true;
    while (!text.empty()) {
      const size_t end = text.find('\n');
      if (end == std::string_view::npos) violation("PL-01: the last line has no end");
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      if (first && line != "#EXTM3U") violation("PL-01: the first line is not #EXTM3U");
      first = false;
      take_line(line);
    }
    finish();
    return std::move(list_);
  }

 private:
  void violation(std::string text) { list_.violations.push_back(std::move(text)); }

  void check_bytes(std::string_view text) {
    if (!core::is_utf8(text)) violation("PL-01: not UTF-8");
    if (text.starts_with("\xEF\xBB\xBF")) violation("PL-01: begins with a BOM");
    const auto control = [](char c) { return (c < 0x20 && c >= 0 && c != '\n') || c == 0x7F; };
    if (std::ranges::any_of(text, control)) violation("PL-01: holds a control character");
  }

  void take_line(std::string_view line) {
    if (line.empty() || line.front() == ' ' || line.back() == ' ') {
      violation("PL-01: blank line or stray blanks");
    } else if (!line.starts_with("#")) {
      take_uri(line);
    } else if (line.starts_with("#EXT")) {
      const size_t colon = std::min(line.find(':'), line.size());
      take_tag(line.substr(1, colon - 1), line.substr(std::min(colon + 1, line.size())));
    }
  }

  void take_tag(std::string_view name, std::string_view value) {
    const auto rule = kTags.find(name);
    if (rule == kTags.end()) return violation(fmt::format("unknown tag {}", name));
    if (rule->second.place == Place::kMultivariant) list_.multivariant = true;
    if (rule->second.place == Place::kMedia || rule->second.place == Place::kMediaSegment) {
      has_media_tag_ = true;
    }
    if (!seen_.insert(std::string(name)).second && rule->second.at_most_once) {
      violation(fmt::format("PL-03: {} twice", name));
    }
    needed_version_ = std::max(needed_version_, rule->second.version);
    take_value(name, value);
  }

  void take_value(std::string_view name, std::string_view value) {
    if (name == "EXT-X-VERSION") list_.version = static_cast<int>(integer(name, value));
    if (name == "EXT-X-TARGETDURATION") {
      list_.target_duration_s = static_cast<uint32_t>(integer(name, value));
    }
    if (name == "EXT-X-MEDIA-SEQUENCE") {
      if (!list_.segments.empty()) violation("PL-13: EXT-X-MEDIA-SEQUENCE after a segment");
      list_.media_sequence = integer(name, value);
    }
    if (name == "EXT-X-PLAYLIST-TYPE") {
      list_.type = value;
      if (value != "VOD" && value != "EVENT") violation("PL-20: unknown playlist type");
    }
    if (name == "EXT-X-ENDLIST") list_.ended = true;
    if (name == "EXT-X-I-FRAMES-ONLY") list_.i_frames_only = true;
    if (name == "EXT-X-INDEPENDENT-SEGMENTS") list_.independent_segments = true;
    if (name == "EXTINF") take_extinf(value);
    if (name == "EXT-X-BYTERANGE") take_range(value);
    if (name == "EXT-X-MAP") list_.map_uri = attributes(value)["URI"];
    if (name == "EXT-X-MEDIA") list_.media.push_back(attributes(value));
    if (name == "EXT-X-I-FRAME-STREAM-INF") list_.i_frames.push_back(attributes(value));
    if (name == "EXT-X-STREAM-INF") {
      if (pending_variant_) violation("EXT-X-STREAM-INF without its URI");
      pending_variant_ = attributes(value);
    }
  }

  uint64_t integer(std::string_view name, std::string_view value) {
    if (is_decimal_integer(value)) return std::stoull(std::string(value));
    violation(fmt::format("PL-04: {} is no decimal integer", name));
    return 0;
  }

  void take_extinf(std::string_view value) {
    const size_t comma = value.find(',');
    const std::string_view number = value.substr(0, comma);
    if (comma == std::string_view::npos || !is_decimal_float(number)) {
      return violation(fmt::format("PL-04: EXTINF is {}", value));
    }
    const size_t dot = number.find('.');
    if (dot != std::string_view::npos) needed_version_ = std::max(needed_version_, 3);
    if (dot == std::string_view::npos || number.size() - dot - 1 < 5) {
      violation("PL-12: EXTINF with fewer than five decimals");
    }
    if (pending_) violation("EXTINF without its URI");
    pending_ = LintedSegment{.duration_us = microseconds(number)};
  }

  void take_range(std::string_view value) {
    const size_t at = value.find('@');
    if (at == std::string_view::npos || !is_decimal_integer(value.substr(0, at)) ||
        !is_decimal_integer(value.substr(at + 1)) || !pending_) {
      return violation(fmt::format("PL-04: EXT-X-BYTERANGE is {}", value));
    }
    pending_->range = {std::stoull(std::string(value.substr(at + 1))),
                       std::stoull(std::string(value.substr(0, at)))};
  }

  void take_uri(std::string_view line) {
    if (line.find(' ') != std::string_view::npos) violation("a URI holds a blank");
    if (pending_variant_) {
      list_.variants.push_back({.uri = std::string(line), .attributes = *pending_variant_});
      pending_variant_.reset();
    } else if (pending_) {
      pending_->uri = line;
      list_.segments.push_back(*pending_);
      pending_.reset();
    } else {
      violation("PL-12: a URI without its EXTINF or EXT-X-STREAM-INF");
    }
  }

  Attributes attributes(std::string_view text) {
    Attributes found;
    while (!text.empty()) {
      const size_t equals = text.find('=');
      if (equals == std::string_view::npos) {
        violation("PL-04: an attribute without a value");
        break;
      }
      const std::string name(text.substr(0, equals));
      text.remove_prefix(equals + 1);
      const bool quoted = text.starts_with('"');
      const size_t end = quoted ? text.find('"', 1) : std::min(text.find(','), text.size());
      if (end == std::string_view::npos) {
        violation(fmt::format("PL-04: {} has no closing quote", name));
        break;
      }
      std::string value(quoted ? text.substr(1, end - 1) : text.substr(0, end));
      text.remove_prefix(std::min(quoted ? end + 1 : end, text.size()));
      check_attribute(name, value, quoted);
      if (!found.emplace(name, std::move(value)).second) violation("PL-03: " + name + " twice");
      if (text.empty()) break;
      if (text.front() != ',' || text.size() == 1)
        violation("PL-04: attributes not parted by commas");
      text.remove_prefix(1);
    }
    return found;
  }

  void check_attribute(const std::string& name, const std::string& value, bool quoted) {
    const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; };
    if (name.empty() || !std::ranges::all_of(name, upper)) violation("PL-04: name " + name);
    if (value.empty()) violation("PL-04: " + name + " is empty");
    if (quoted != kQuoted.contains(name)) violation("PL-04: quotes of " + name);
    if (name.ends_with("BANDWIDTH")) static_cast<void>(integer(name, value));
    if (name == "FRAME-RATE" &&
        (!is_decimal_float(value) || value.size() < 4 || value[value.size() - 4] != '.')) {
      violation("MV-02: FRAME-RATE " + value);
    }
  }

  void finish() {
    if (pending_ || pending_variant_) violation("the last URI is missing");
    if (list_.multivariant && has_media_tag_) violation("PL-03: tags of both kinds of playlist");
    if (!list_.map_uri.empty() && !list_.i_frames_only) {
      needed_version_ = std::max(needed_version_, 6);
    }
    if (list_.version != needed_version_) {
      violation(
          fmt::format("PL-05: version {} where {} is needed", list_.version, needed_version_));
    }
    list_.multivariant ? finish_multivariant() : finish_media();
  }

  void finish_media() {
    if (list_.target_duration_s < 1) violation("PL-10: no target duration");
    for (const LintedSegment& segment : list_.segments) {
      if ((segment.duration_us + 500'000) / 1'000'000 > list_.target_duration_s) {
        violation("PL-10: " + segment.uri + " is longer than the target duration");
      }
      if (segment.duration_us == 0) violation("PL-12: " + segment.uri + " has no duration");
    }
    if (list_.type == "VOD" && !list_.ended) violation("PL-20: VOD that may still grow");
  }

  void finish_multivariant() {
    std::set<std::string> groups, names;
    for (const Attributes& media : list_.media) {
      for (const char* name : {"TYPE", "GROUP-ID", "NAME"}) {
        if (!media.contains(name)) violation(fmt::format("MV-06: EXT-X-MEDIA without {}", name));
      }
      if (!media.contains("GROUP-ID") || !media.contains("NAME")) continue;
      groups.insert(media.find("GROUP-ID")->second);
      if (!names.insert(media.find("GROUP-ID")->second + "/" + media.find("NAME")->second).second) {
        violation("MV-06: NAME twice in a group");
      }
      const auto says = [&](const char* name) {
        return media.contains(name) && media.find(name)->second == "YES";
      };
      if (says("DEFAULT") && !says("AUTOSELECT")) violation("MV-06: DEFAULT without AUTOSELECT");
    }
    if (list_.variants.empty()) violation("no variant");
    for (const LintedVariant& variant : list_.variants) check_variant(variant, groups);
    for (const Attributes& i_frames : list_.i_frames) {
      for (const char* name : {"BANDWIDTH", "AVERAGE-BANDWIDTH", "CODECS", "RESOLUTION", "URI"}) {
        if (!i_frames.contains(name)) violation(fmt::format("MV-02: I-frames without {}", name));
      }
    }
  }

  void check_variant(const LintedVariant& variant, const std::set<std::string>& groups) {
    const Attributes& has = variant.attributes;
    for (const char* name : {"BANDWIDTH", "AVERAGE-BANDWIDTH", "CODECS"}) {
      if (!has.contains(name)) violation(fmt::format("MV-02: {} without {}", variant.uri, name));
    }
    if (has.contains("RESOLUTION") != has.contains("FRAME-RATE")) {
      violation("MV-02: RESOLUTION and FRAME-RATE belong together");
    }
    if (has.contains("AUDIO") && !groups.contains(has.find("AUDIO")->second)) {
      violation("MV-06: AUDIO names no group");
    }
  }

  LintedPlaylist list_;
  std::set<std::string, std::less<>> seen_;
  std::optional<LintedSegment> pending_;
  std::optional<Attributes> pending_variant_;
  int needed_version_ = 1;
  bool has_media_tag_ = false;
};

}  // namespace

LintedPlaylist lint(std::string_view text) { return Linter().run(text); }

std::vector<std::string> lint_reload(const LintedPlaylist& before, const LintedPlaylist& after) {
  std::vector<std::string> violations;
  if (before.target_duration_s != after.target_duration_s) {
    violations.push_back("PL-11: the target duration changed");
  }
  const uint64_t first_before = before.media_sequence.value_or(0);
  const uint64_t first_after = after.media_sequence.value_or(0);
  if (first_after < first_before) violations.push_back("PL-13: the media sequence went back");
  if (before.ended && after.segments.size() != before.segments.size()) {
    violations.push_back("PL-21: changed after ENDLIST");
  }
  for (size_t i = 0; i < before.segments.size(); ++i) {
    const uint64_t sequence = first_before + i;
    if (sequence < first_after) continue;
    const size_t at = static_cast<size_t>(sequence - first_after);
    if (at >= after.segments.size()) {
      violations.push_back("PL-15: a segment at the end was taken back");
      break;
    }
    if (after.segments[at].uri != before.segments[i].uri ||
        after.segments[at].range != before.segments[i].range ||
        after.segments[at].duration_us != before.segments[i].duration_us) {
      violations.push_back(fmt::format("PL-14: segment {} became another", sequence));
    }
  }
  return violations;
}

}  // namespace millrace::media::test
