#include "media/hls/live_playlist.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/assert.h"
#include "core/rfc3339.h"
#include "media/hls/attribute_list.h"
#include "media/hls/decimal_seconds.h"

namespace millrace::media::hls {
namespace {

// EXT-X-MAP in a list of segments; EXT-X-SKIP; EXT-X-SKIP that is about date ranges, too (PL-05).
constexpr int kVersion = 6;
constexpr int kVersionOfDelta = 9;
constexpr int kVersionOfDelta2 = 10;

uint64_t to_ticks(uint64_t milliseconds, uint32_t timescale) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(Wide{milliseconds} * timescale / 1000);
}

uint64_t before(uint64_t end, uint64_t ticks) { return end > ticks ? end - ticks : 0; }

class Writer {
 public:
  explicit Writer(const LivePlaylist& playlist) : list_(playlist) {
    out_.reserve(1024 + playlist.segments.size() * 160);
  }

  std::string write(const SkippedPart* skipped) {
    write_head(skipped);
    const size_t first = skipped == nullptr ? 0 : skipped->segments;
    if (skipped != nullptr) write_skip(*skipped);
    write_date_ranges(skipped);
    for (size_t i = first; i < list_.segments.size(); ++i) write_segment(*list_.segments[i]);
    if (list_.open != nullptr) write_open(*list_.open);
    write_tail();
    return std::move(out_);
  }

 private:
  auto to() { return std::back_inserter(out_); }

  void write_head(const SkippedPart* skipped) {
    int version = kVersion;
    if (skipped != nullptr) version = skipped->date_ranges ? kVersionOfDelta2 : kVersionOfDelta;
    const LiveTimings& timings = list_.timings;
    fmt::format_to(to(), "#EXTM3U\n#EXT-X-VERSION:{}\n#EXT-X-TARGETDURATION:{}\n", version,
                   timings.target_duration_s);
    out_ += "#EXT-X-PART-INF:PART-TARGET=";
    append_milliseconds(out_, timings.part_target_ms);
    out_ += "\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=";
    append_milliseconds(out_, timings.skip_boundary_ms());
    out_ += ",CAN-SKIP-DATERANGES=YES,HOLD-BACK=";
    append_milliseconds(out_, timings.hold_back_ms());
    out_ += ",PART-HOLD-BACK=";
    append_milliseconds(out_, timings.part_hold_back_ms());
    fmt::format_to(to(), "\n#EXT-X-MEDIA-SEQUENCE:{}\n#EXT-X-DISCONTINUITY-SEQUENCE:{}\n",
                   list_.media_sequence, list_.discontinuity_sequence);
  }

  void write_skip(const SkippedPart& skipped) {
    fmt::format_to(to(), "#EXT-X-SKIP:SKIPPED-SEGMENTS={}", skipped.segments);
    if (skipped.date_ranges) {
      // May be empty, unlike other quoted strings; the IDs are parted by tabs.
      out_ += ",RECENTLY-REMOVED-DATERANGES=\"";
      const char* tab = "";
      for (const std::string& id : skipped.date_ranges->removed_ids) {
        out_ += std::exchange(tab, "\t");
        out_ += id;
      }
      out_ += '"';
    }
    out_ += '\n';
  }

  void write_date_ranges(const SkippedPart* skipped) {
    for (const DateRange& range : list_.date_ranges) {
      if (skipped != nullptr && skipped->date_ranges &&
          std::ranges::find(skipped->date_ranges->kept_ids, range.id) !=
              skipped->date_ranges->kept_ids.end()) {
        continue;
      }
      append_date_range(out_, range);
    }
  }

  // What holds for the first part holds for the segment, so it stands before that (LL-05).
  void begin_segment(const LiveSegment& segment) {
    if (segment.discontinuity) out_ += "#EXT-X-DISCONTINUITY\n";
    if (map_ != segment.map) {
      fmt::format_to(to(), "#EXT-X-MAP:URI=\"{}{}.mp4\"\n", list_.folder, segment.map);
    }
    map_ = segment.map;
    fmt::format_to(to(), "#EXT-X-PROGRAM-DATE-TIME:{}\n", core::format_rfc3339(segment.date));
    if (segment.gap) out_ += "#EXT-X-GAP\n";
  }

  void write_parts(const LiveSegment& segment) {
    uint64_t start = segment.start;
    uint64_t number = segment.first_part;
    for (const LivePart& part : segment.parts) {
      out_ += "#EXT-X-PART:DURATION=";
      append_seconds(out_, {.start = start, .duration = part.duration}, list_.timescale);
      fmt::format_to(to(), ",URI=\"{}p{}.m4s\"", list_.folder, number);
      if (part.independent) out_ += ",INDEPENDENT=YES";
      if (part.gap) out_ += ",GAP=YES";
      out_ += '\n';
      start += part.duration;
      ++number;
    }
  }

  void write_segment(const LiveSegment& segment) {
    begin_segment(segment);
    if (segment.end() > parts_from()) write_parts(segment);
    out_ += "#EXTINF:";
    append_seconds(out_, {.start = segment.start, .duration = segment.duration}, list_.timescale);
    fmt::format_to(to(), ",\n{}{}.m4s\n", list_.folder, segment.msn);
  }

  void write_open(const LiveSegment& segment) {
    begin_segment(segment);
    write_parts(segment);
  }

  void write_tail() {
    if (list_.ended) {
      out_ += "#EXT-X-ENDLIST\n";
      return;
    }
    fmt::format_to(to(), "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{}p{}.m4s\"\n", list_.folder,
                   list_.next_part);
    for (const RenditionReport& report : list_.reports) {
      AttributeList(out_, "#EXT-X-RENDITION-REPORT")
          .quoted("URI", report.uri)
          .number("LAST-MSN", report.last_msn)
          .number("LAST-PART", report.last_part);
    }
  }

  // Segments that end before it are said without their parts.
  uint64_t parts_from() const {
    uint64_t end = list_.segments.empty() ? 0 : list_.segments.back()->end();
    if (list_.open != nullptr) end = list_.open->end();
    return before(end, to_ticks(list_.timings.parts_listed_ms(), list_.timescale));
  }

  const LivePlaylist& list_;
  std::string out_;
  std::optional<uint64_t> map_;
};

}  // namespace

std::string render(const LivePlaylist& playlist) {
  MR_ASSERT(playlist.timescale > 0);
  return Writer(playlist).write(nullptr);
}

size_t skippable_segments(const LivePlaylist& playlist) {
  if (playlist.segments.empty() || playlist.ended) return 0;
  const uint64_t boundary =
      before(playlist.segments.back()->end(),
             to_ticks(playlist.timings.skip_boundary_ms(), playlist.timescale));
  const auto first_kept = std::ranges::find_if(
      playlist.segments, [&](const LiveSegment* segment) { return segment->end() > boundary; });
  return static_cast<size_t>(first_kept - playlist.segments.begin());
}

std::string render_delta(const LivePlaylist& playlist, const SkippedPart& skipped) {
  MR_ASSERT(playlist.timescale > 0);
  MR_ASSERT(skipped.segments > 0 && skipped.segments < playlist.segments.size());
  return Writer(playlist).write(&skipped);
}

}  // namespace millrace::media::hls
