// What a client makes of the playlists of a live stream, reload by reload; strict.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "media/hls/media_playlist_text.h"

namespace millrace::media::test {

using hls::MediaPlaylistText;
using hls::PartText;
using hls::SegmentText;

inline MediaPlaylistText read_list(const std::string& text) {
  auto read = hls::parse_media_playlist(text);
  EXPECT_TRUE(read) << read.error().line << ": " << read.error().what << "\n" << text;
  return read ? std::move(*read) : MediaPlaylistText();
}

inline std::string map_of(const MediaPlaylistText& list, const SegmentText& segment) {
  return segment.map ? list.maps[*segment.map].uri : "";
}

/// A segment as text, to be compared.
inline std::string line_of(const MediaPlaylistText& list, const SegmentText& segment) {
  std::string line = std::to_string(segment.media_sequence) + " " + segment.uri + " " +
                     std::to_string(segment.duration.count()) + " map " + map_of(list, segment) +
                     (segment.discontinuity ? " after a discontinuity" : "") +
                     (segment.gap ? " gap" : "");
  if (segment.date) line += " at " + std::to_string(segment.date->time_since_epoch().count());
  return line;
}
inline std::string parts_of(const SegmentText& segment) {
  std::string text;
  for (const PartText& part : segment.parts) {
    text += part.uri + " " + std::to_string(part.duration.count()) +
            (part.independent ? " independent" : "") + (part.gap ? " gap" : "") + "; ";
  }
  return text;
}

/// A delta applied to an older list, as 6.2.5.1 says.
inline std::vector<std::string> merged(const MediaPlaylistText& before,
                                       const MediaPlaylistText& delta) {
  std::vector<std::string> lines;
  const uint64_t skipped = delta.skip ? delta.skip->segment_count : 0;
  for (uint64_t i = 0; i < skipped; ++i) {
    const uint64_t msn = delta.media_sequence + i;
    if (msn < before.media_sequence || msn - before.media_sequence >= before.segments.size()) {
      lines.push_back("the reader has no segment " + std::to_string(msn));
    } else {
      lines.push_back(line_of(before, before.segments[msn - before.media_sequence]));
    }
  }
  for (const SegmentText& segment : delta.segments) {
    SegmentText numbered = segment;
    numbered.media_sequence = delta.media_sequence + lines.size();
    lines.push_back(line_of(delta, numbered));
  }
  return lines;
}

inline std::vector<std::string> lines_of(const MediaPlaylistText& list) {
  std::vector<std::string> lines;
  for (const SegmentText& segment : list.segments) lines.push_back(line_of(list, segment));
  return lines;
}

inline std::map<std::string, std::string> ranges_of(const MediaPlaylistText& list) {
  std::map<std::string, std::string> ranges;
  for (const hls::DateRangeText& range : list.date_ranges) {
    std::string all;
    for (const hls::Attribute& each : range.all) all += each.name + "=" + each.value + ",";
    ranges[range.id] = all;
  }
  return ranges;
}

/// Reads every state of one rendition and checks what one list must say, and what the next one may
/// change.
class ListReader {
 public:
  const MediaPlaylistText& last() const { return last_; }
  bool has_read() const { return has_read_; }

  void read(const std::string& text) {
    MediaPlaylistText list = read_list(text);
    check_form(list);
    check_parts(list);
    check_dates(list);
    if (has_read_) check_change(last_, list);
    for (const SegmentText& segment : list.segments) remember(list, segment);
    last_ = std::move(list);
    has_read_ = true;
  }

  /// By media sequence number: the discontinuities before it, and its date.
  struct Seen {
    uint64_t discontinuity_sequence;
    hls::Date date;
    std::string line;
  };
  const std::map<uint64_t, Seen>& seen() const { return seen_; }

 private:
  static void check_form(const MediaPlaylistText& list) {
    EXPECT_EQ(list.version, 6) << "PL-05";
    EXPECT_EQ(list.type, hls::PlaylistType::kLive) << "PL-20";
    EXPECT_FALSE(list.independent_segments) << "MV-08";
    ASSERT_TRUE(list.part_target && list.server_control) << "LL-01";
    EXPECT_GE(*list.server_control->part_hold_back, 3 * *list.part_target) << "LL-01";
    EXPECT_GE(*list.server_control->hold_back, std::chrono::seconds(3 * list.target_duration_s));
    EXPECT_GE(*list.server_control->can_skip_until,
              std::chrono::seconds(6 * list.target_duration_s))
        << "LL-11";
    EXPECT_TRUE(list.server_control->can_block_reload);
    EXPECT_EQ(list.preload_hints.size(), list.ended ? 0U : 1U) << "LL-08, PL-21";
    for (const SegmentText& segment : list.segments) {
      EXPECT_LT(segment.duration, std::chrono::milliseconds(1000 * list.target_duration_s + 500))
          << "PL-10";
      EXPECT_GT(segment.duration.count(), 0);
      EXPECT_TRUE(segment.map.has_value()) << "PL-29";
    }
  }

  static void check_parts(const MediaPlaylistText& list) {
    for (const SegmentText& segment : list.segments) {
      hls::Seconds sum{};
      for (const PartText& part : segment.parts) sum += part.duration;
      if (!segment.parts.empty()) EXPECT_EQ(sum, segment.duration) << "LL-05";
      const PartText* last = segment.parts.empty() ? nullptr : &segment.parts.back();
      check_lengths(list, segment, last);
    }
    check_lengths(list, list.next, nullptr);
    hls::Seconds to_end{};
    for (const PartText& part : list.next.parts) to_end += part.duration;
    for (auto segment = list.segments.rbegin(); segment != list.segments.rend(); ++segment) {
      if (to_end >= std::chrono::seconds(3 * list.target_duration_s)) {
        EXPECT_TRUE(segment->parts.empty()) << "LL-10";
      }
      to_end += segment->duration;
    }
  }

  static void check_lengths(const MediaPlaylistText& list, const SegmentText& segment,
                            const PartText* last) {
    for (size_t i = 0; i < segment.parts.size(); ++i) {
      const PartText& part = segment.parts[i];
      EXPECT_LE(part.duration, *list.part_target) << "LL-02";
      const bool before_gap = i + 1 < segment.parts.size() && segment.parts[i + 1].gap;
      const bool may_be_short = part.independent || part.gap || before_gap || &part == last;
      if (!may_be_short) EXPECT_GE(part.duration * 100, *list.part_target * 85) << "LL-02";
    }
  }

  static void check_dates(const MediaPlaylistText& list) {
    for (size_t i = 0; i < list.segments.size(); ++i) {
      ASSERT_TRUE(list.segments[i].date) << "PL-25";
      const SegmentText& next = i + 1 < list.segments.size() ? list.segments[i + 1] : list.next;
      if (!next.date) continue;
      const auto apart = *next.date - (*list.segments[i].date + list.segments[i].duration);
      EXPECT_GE(apart, -std::chrono::milliseconds(25)) << "PL-25: dates go back";
      if (next.discontinuity) continue;
      EXPECT_LE(apart, std::chrono::milliseconds(25)) << "PL-25: EXTINF and dates drift apart\n"
                                                      << line_of(list, list.segments[i]) << "\n"
                                                      << line_of(list, next);
    }
  }

  static void check_change(const MediaPlaylistText& before, const MediaPlaylistText& list) {
    EXPECT_EQ(list.target_duration_s, before.target_duration_s) << "PL-11";
    EXPECT_EQ(list.part_target, before.part_target) << "LL-03";
    EXPECT_EQ(list.server_control->part_hold_back, before.server_control->part_hold_back);
    EXPECT_EQ(list.server_control->hold_back, before.server_control->hold_back) << "LL-03";
    EXPECT_GE(list.media_sequence, before.media_sequence) << "PL-13";
    EXPECT_GE(list.media_sequence + list.segments.size(),
              before.media_sequence + before.segments.size())
        << "PL-15";
    hls::Seconds length{};
    for (const SegmentText& segment : list.segments) length += segment.duration;
    if (list.media_sequence > before.media_sequence) {
      EXPECT_GE(length, std::chrono::seconds(3 * list.target_duration_s)) << "PL-18";
      EXPECT_GE(list.segments.size(), 6U) << "PL-18";
    }
    check_hint(before, list);
  }

  // The part that was hinted at is the next one there is.
  static void check_hint(const MediaPlaylistText& before, const MediaPlaylistText& list) {
    if (before.preload_hints.empty()) return;
    std::set<std::string> known;
    const auto add = [&](const SegmentText& segment) {
      for (const PartText& part : segment.parts) known.insert(part.uri);
    };
    for (const SegmentText& segment : before.segments) add(segment);
    add(before.next);
    std::vector<std::string> fresh;
    const auto collect = [&](const SegmentText& segment) {
      for (const PartText& part : segment.parts) {
        if (!known.contains(part.uri)) fresh.push_back(part.uri);
      }
    };
    for (const SegmentText& segment : list.segments) collect(segment);
    collect(list.next);
    if (!fresh.empty()) EXPECT_EQ(fresh.front(), before.preload_hints[0].uri) << "LL-08";
  }

  void remember(const MediaPlaylistText& list, const SegmentText& segment) {
    const Seen now{segment.discontinuity_sequence, *segment.date, line_of(list, segment)};
    const auto [known, is_new] = seen_.emplace(segment.media_sequence, now);
    if (is_new) return;
    EXPECT_EQ(known->second.line, now.line) << "PL-14, PL-15";
    EXPECT_EQ(known->second.discontinuity_sequence, now.discontinuity_sequence) << "PL-23";
  }

  MediaPlaylistText last_;
  bool has_read_ = false;
  std::map<uint64_t, Seen> seen_;
};

}  // namespace millrace::media::test
