#include "media/hls/live_playlist.h"

#include <gtest/gtest.h>

#include "media/hls/media_playlist_text.h"

namespace millrace::media::hls {
namespace {

using std::chrono::milliseconds;

// 2026-03-01T12:00:00Z
constexpr DateRange::Date kNoon{std::chrono::seconds(1'772'366'400)};

// 30 frames a second in a timescale of 30; parts of 15 frames, segments of 60.
LiveSegment segment(uint64_t msn, size_t part_count) {
  LiveSegment made{.msn = msn,
                   .start = (msn - 7) * 60,
                   .duration = part_count * 15,
                   .map = 7,
                   .first_part = msn * 4,
                   .date = kNoon + milliseconds((msn - 7) * 2000)};
  for (size_t i = 0; i < part_count; ++i) {
    made.parts.push_back({.duration = 15, .independent = i == 0});
  }
  return made;
}

LivePlaylist playlist_of(const std::vector<LiveSegment>& segments, const LiveSegment* open) {
  LivePlaylist playlist{.timings = {.target_duration_s = 2, .part_target_ms = 500},
                        .timescale = 30,
                        .folder = "720p/",
                        .open = open,
                        .media_sequence = 7};
  for (const LiveSegment& each : segments) playlist.segments.push_back(&each);
  playlist.next_part = open == nullptr ? segments.back().first_part + segments.back().parts.size()
                                       : open->first_part + open->parts.size();
  return playlist;
}

constexpr std::string_view kHead =
    "#EXTM3U\n"
    "#EXT-X-VERSION:6\n"
    "#EXT-X-TARGETDURATION:2\n"
    "#EXT-X-PART-INF:PART-TARGET=0.500\n"
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.000,CAN-SKIP-DATERANGES=YES,"
    "HOLD-BACK=6.000,PART-HOLD-BACK=1.500\n"
    "#EXT-X-MEDIA-SEQUENCE:7\n"
    "#EXT-X-DISCONTINUITY-SEQUENCE:0\n";

TEST(LivePlaylist, SaysPartsOfWhatIsCompleteAndOfWhatIsNot) {
  const std::vector<LiveSegment> complete{segment(7, 4)};
  const LiveSegment open = segment(8, 2);
  LivePlaylist playlist = playlist_of(complete, &open);
  playlist.reports = {{.uri = "480p.m3u8", .last_msn = 8, .last_part = 1}};
  EXPECT_EQ(render(playlist), std::string(kHead) +
                                  "#EXT-X-MAP:URI=\"720p/7.mp4\"\n"
                                  "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000Z\n"
                                  "#EXT-X-PART:DURATION=0.500000,URI=\"720p/p28.m4s\","
                                  "INDEPENDENT=YES\n"
                                  "#EXT-X-PART:DURATION=0.500000,URI=\"720p/p29.m4s\"\n"
                                  "#EXT-X-PART:DURATION=0.500000,URI=\"720p/p30.m4s\"\n"
                                  "#EXT-X-PART:DURATION=0.500000,URI=\"720p/p31.m4s\"\n"
                                  "#EXTINF:2.000000,\n"
                                  "720p/7.m4s\n"
                                  "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:02.000Z\n"
                                  "#EXT-X-PART:DURATION=0.500000,URI=\"720p/p32.m4s\","
                                  "INDEPENDENT=YES\n"
                                  "#EXT-X-PART:DURATION=0.500000,URI=\"720p/p33.m4s\"\n"
                                  "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"720p/p34.m4s\"\n"
                                  "#EXT-X-RENDITION-REPORT:URI=\"480p.m3u8\",LAST-MSN=8,"
                                  "LAST-PART=1\n");
}

TEST(LivePlaylist, SaysWhatChangesBeforeTheFirstPartOfASegment) {
  const std::vector<LiveSegment> complete{segment(7, 0)};
  LiveSegment open = segment(8, 1);
  open.discontinuity = true;
  open.map = 8;
  const std::string text = render(playlist_of(complete, &open));
  EXPECT_TRUE(
      text.ends_with("720p/7.m4s\n"
                     "#EXT-X-DISCONTINUITY\n"
                     "#EXT-X-MAP:URI=\"720p/8.mp4\"\n"
                     "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:02.000Z\n"
                     "#EXT-X-PART:DURATION=0.500000,URI=\"720p/p32.m4s\",INDEPENDENT=YES\n"
                     "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"720p/p33.m4s\"\n"))
      << text;
}

TEST(LivePlaylist, MarksWhatIsMissing) {  // PL-26
  std::vector<LiveSegment> complete{segment(7, 1)};
  complete[0].gap = true;
  complete[0].parts[0] = {.duration = 15, .gap = true};
  const std::string text = render(playlist_of(complete, nullptr));
  EXPECT_NE(text.find("#EXT-X-GAP\n"
                      "#EXT-X-PART:DURATION=0.500000,URI=\"720p/p28.m4s\",GAP=YES\n"
                      "#EXTINF:0.500000,\n"
                      "720p/7.m4s\n"),
            std::string::npos)
      << text;
}

TEST(LivePlaylist, EndsWithoutHintsAndReports) {  // PL-21
  const std::vector<LiveSegment> complete{segment(7, 0)};
  LivePlaylist playlist = playlist_of(complete, nullptr);
  playlist.reports = {{.uri = "480p.m3u8", .last_msn = 8, .last_part = 1}};
  playlist.ended = true;
  const std::string text = render(playlist);
  EXPECT_TRUE(text.ends_with("720p/7.m4s\n#EXT-X-ENDLIST\n")) << text;
  EXPECT_EQ(text.find("PRELOAD-HINT"), std::string::npos);
}

TEST(LivePlaylist, DropsPartsThreeTargetDurationsBeforeItsEnd) {  // LL-10
  std::vector<LiveSegment> complete;
  for (uint64_t msn = 7; msn < 13; ++msn) complete.push_back(segment(msn, 4));
  const LiveSegment open = segment(13, 1);
  const auto read = parse_media_playlist(render(playlist_of(complete, &open)));
  ASSERT_TRUE(read) << read.error().what;
  std::vector<size_t> counts;
  for (const SegmentText& each : read->segments) counts.push_back(each.parts.size());
  // The list ends 12.5 s behind its beginning; what ends after 6.5 s has parts.
  EXPECT_EQ(counts, (std::vector<size_t>{0, 0, 0, 4, 4, 4}));
}

TEST(LivePlaylist, LeavesOutOfADeltaWhatIsOlderThanTheSkipBoundary) {  // LL-11
  std::vector<LiveSegment> complete;
  for (uint64_t msn = 7; msn < 15; ++msn) complete.push_back(segment(msn, 4));
  const LiveSegment open = segment(15, 3);
  const LivePlaylist playlist = playlist_of(complete, &open);
  // Complete segments end after 16 s, the boundary is at 4 s: two segments end there or before.
  ASSERT_EQ(skippable_segments(playlist), 2);
  const std::string delta = render_delta(playlist, {.segments = 2});
  EXPECT_TRUE(delta.starts_with("#EXTM3U\n#EXT-X-VERSION:9\n"));
  EXPECT_NE(delta.find("#EXT-X-MEDIA-SEQUENCE:7\n"
                       "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
                       "#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n"
                       "#EXT-X-MAP:URI=\"720p/7.mp4\"\n"
                       "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:04.000Z\n"
                       "#EXTINF:2.000000,\n"
                       "720p/9.m4s\n"),
            std::string::npos)
      << delta;
}

TEST(LivePlaylist, HasNothingToSkipBeforeItIsLongerThanTheBoundary) {
  std::vector<LiveSegment> complete;
  for (uint64_t msn = 7; msn < 13; ++msn) complete.push_back(segment(msn, 4));
  EXPECT_EQ(skippable_segments(playlist_of(complete, nullptr)), 0);
}

TEST(LivePlaylist, LeavesDateRangesOutOfASecondKindOfDelta) {
  std::vector<LiveSegment> complete;
  for (uint64_t msn = 7; msn < 15; ++msn) complete.push_back(segment(msn, 0));
  LivePlaylist playlist = playlist_of(complete, nullptr);
  playlist.date_ranges = {{.id = "old", .start = kNoon}, {.id = "new", .start = kNoon}};
  const std::string delta =
      render_delta(playlist, {.segments = 2,
                              .date_ranges = SkippedPart::DateRanges{
                                  .kept_ids = {"old"}, .removed_ids = {"gone", "gone-too"}}});
  EXPECT_TRUE(delta.starts_with("#EXTM3U\n#EXT-X-VERSION:10\n"));
  EXPECT_NE(delta.find("#EXT-X-SKIP:SKIPPED-SEGMENTS=2,"
                       "RECENTLY-REMOVED-DATERANGES=\"gone\tgone-too\"\n"
                       "#EXT-X-DATERANGE:ID=\"new\",START-DATE=\"2026-03-01T12:00:00.000Z\"\n"
                       "#EXT-X-MAP:"),
            std::string::npos)
      << delta;
  const std::string none =
      render_delta(playlist, {.segments = 2, .date_ranges = SkippedPart::DateRanges{}});
  EXPECT_NE(none.find("RECENTLY-REMOVED-DATERANGES=\"\"\n"), std::string::npos);
}

TEST(LivePlaylist, NeverPrintsAPartLongerThanTheTarget) {  // LL-02
  // 23 frames of AAC: 0.490666… s, wherever they begin.
  for (uint64_t first = 0; first < 200; ++first) {
    LiveSegment open{.msn = 1, .start = first * 23 * 1024, .duration = 23 * 1024};
    open.parts.push_back({.duration = 23 * 1024, .independent = true});
    LivePlaylist playlist{.timings = {.target_duration_s = 4, .part_target_ms = 491},
                          .timescale = 48'000,
                          .folder = "a/",
                          .open = &open};
    const auto read = parse_media_playlist(render(playlist));
    ASSERT_TRUE(read) << read.error().what;
    ASSERT_LE(read->next.parts.at(0).duration, *read->part_target);
  }
}

}  // namespace
}  // namespace millrace::media::hls
