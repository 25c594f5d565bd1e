#include "media/hls/media_playlist_text.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace millrace::media::hls {
namespace {

using namespace std::chrono_literals;

MediaPlaylistText must_parse(std::string_view text) {
  auto parsed = parse_media_playlist(text);
  if (parsed) return std::move(*parsed);
  ADD_FAILURE() << "line " << parsed.error().line << ": " << parsed.error().what;
  return {};
}

/// "3: EXTINF: …"
std::string error_of(std::string_view text, const ReadLimits& limits = {}) {
  const auto parsed = parse_media_playlist(text, limits);
  if (parsed) return "";
  return fmt::format("{}: {}", parsed.error().line, parsed.error().what);
}

/// The error in a legal playlist to which `lines` are added.
std::string error_with(std::string_view lines) {
  return error_of(fmt::format("#EXTM3U\n#EXT-X-TARGETDURATION:6\n{}", lines));
}

constexpr std::string_view kLowLatency =
    "#EXTM3U\n"
    "#EXT-X-TARGETDURATION:4\n"
    "#EXT-X-VERSION:9\n"
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0,CAN-SKIP-UNTIL=12.0\n"
    "#EXT-X-PART-INF:PART-TARGET=0.33334\n"
    "#EXT-X-MEDIA-SEQUENCE:266\n"
    "#EXT-X-DISCONTINUITY-SEQUENCE:4\n"
    "#EXT-X-SKIP:SKIPPED-SEGMENTS=3,RECENTLY-REMOVED-DATERANGES=\"a\tb\"\n"
    "#EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"720@0\"\n"
    "#EXT-X-PROGRAM-DATE-TIME:2019-02-14T02:13:36.106Z\n"
    "#EXTINF:4.00008,Title, with a comma\n"
    "fileSequence269.mp4\n"
    "#EXT-X-PART:DURATION=0.33334,URI=\"270.mp4\",BYTERANGE=\"1000@500\",INDEPENDENT=YES\n"
    "#EXT-X-PART:DURATION=0.33334,URI=\"270.mp4\",BYTERANGE=\"2000\"\n"
    "#EXTINF:4.00008,\n"
    "fileSequence270.mp4\n"
    "#EXT-X-DISCONTINUITY\n"
    "#EXT-X-MAP:URI=\"init2.mp4\"\n"
    "#EXT-X-PART:DURATION=0.2,URI=\"271.0.mp4\",GAP=YES\n"
    "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"271.1.mp4\",BYTERANGE-START=12\n"
    "#EXT-X-RENDITION-REPORT:URI=\"../1M/waitForMSN.php\",LAST-MSN=271,LAST-PART=2\n"
    "#EXT-X-DATERANGE:ID=\"ad\",START-DATE=\"2019-02-14T02:13:36Z\",PLANNED-DURATION=30.5,"
    "SCTE35-OUT=0xFC30,X-NAME=\"spring\"\n"
    "#EXT-X-FUTURE:anything, really\n";

TEST(MediaPlaylistText, ReadsALowLatencyPlaylist) {
  const MediaPlaylistText list = must_parse(kLowLatency);
  EXPECT_EQ(list.version, 9U);
  EXPECT_EQ(list.target_duration_s, 4U);
  EXPECT_EQ(list.part_target, 333'340us);
  ASSERT_TRUE(list.server_control);
  EXPECT_TRUE(list.server_control->can_block_reload);
  EXPECT_EQ(list.server_control->part_hold_back, 1s);
  EXPECT_EQ(list.server_control->can_skip_until, 12s);
  EXPECT_EQ(list.server_control->hold_back, std::nullopt);
  ASSERT_TRUE(list.skip);
  EXPECT_EQ(list.skip->segment_count, 3U);
  EXPECT_EQ(list.skip->removed_date_ranges, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(list.preload_hints.size(), 1U);
  EXPECT_EQ(list.preload_hints[0].uri, "271.1.mp4");
  EXPECT_EQ(list.preload_hints[0].offset, 12U);
  ASSERT_EQ(list.rendition_reports.size(), 1U);
  EXPECT_EQ(list.rendition_reports[0].last_msn, 271U);
  EXPECT_EQ(list.rendition_reports[0].last_part, 2U);
  ASSERT_EQ(list.date_ranges.size(), 1U);
  EXPECT_EQ(list.date_ranges[0].planned_duration, 30'500ms);
  EXPECT_EQ(list.date_ranges[0].all.find("X-NAME")->value, "spring");
  ASSERT_EQ(list.unknown.size(), 1U);
  EXPECT_EQ(list.unknown[0].name, "EXT-X-FUTURE");
  EXPECT_EQ(list.unknown[0].text, "anything, really");
}

TEST(MediaPlaylistText, NumbersSegmentsAndResolvesWhatHoldsForThem) {
  const MediaPlaylistText list = must_parse(kLowLatency);
  ASSERT_EQ(list.segments.size(), 2U);
  const SegmentText& first = list.segments[0];
  EXPECT_EQ(first.media_sequence, 269U) << "266 and three that are skipped";
  EXPECT_EQ(first.discontinuity_sequence, 4U);
  EXPECT_EQ(first.duration, 4'000'080us);
  EXPECT_EQ(first.title, "Title, with a comma");
  EXPECT_EQ(first.line, 12U);
  EXPECT_TRUE(first.date);
  EXPECT_EQ(list.maps[*first.map].uri, "init.mp4");
  EXPECT_EQ(list.maps[*first.map].range->size, 720U);
  const SegmentText& second = list.segments[1];
  EXPECT_FALSE(second.date);
  EXPECT_EQ(second.map, first.map);
  ASSERT_EQ(second.parts.size(), 2U);
  EXPECT_TRUE(second.parts[0].independent);
  EXPECT_EQ(second.parts[1].range->offset, 1'500U) << "it continues the part before";
  EXPECT_EQ(list.next.media_sequence, 271U);
  EXPECT_EQ(list.next.discontinuity_sequence, 5U);
  EXPECT_EQ(list.maps[*list.next.map].uri, "init2.mp4");
  ASSERT_EQ(list.next.parts.size(), 1U);
  EXPECT_TRUE(list.next.parts[0].gap);
}

TEST(MediaPlaylistText, ReadsWhatOldPlaylistsHave) {
  const MediaPlaylistText list = must_parse(
      "#EXTM3U\r\n# a comment\r\n\r\n#EXT-X-TARGETDURATION:10\r\n#EXT-X-PLAYLIST-TYPE:VOD\r\n"
      "#EXT-X-I-FRAMES-ONLY\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-START:TIME-OFFSET=-9.5,PRECISE="
      "YES\n"
      "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x0123\n#EXT-X-BITRATE:700\n"
      "#EXTINF:9,\n#EXT-X-BYTERANGE:100@50\na.ts\n#EXT-X-GAP\n#EXTINF:9,\n#EXT-X-BYTERANGE:10\na."
      "ts\n"
      "#EXT-X-KEY:METHOD=NONE\n#EXTINF:3.5,\nb.ts\n#EXT-X-ENDLIST");
  EXPECT_EQ(list.version, 1U);
  EXPECT_EQ(list.type, PlaylistType::kVod);
  EXPECT_EQ(list.content, PlaylistContent::kIFramesOnly);
  EXPECT_TRUE(list.ended);
  EXPECT_TRUE(list.independent_segments);
  EXPECT_EQ(list.start->offset, -9'500ms);
  ASSERT_EQ(list.segments.size(), 3U);
  EXPECT_EQ(list.keys[*list.segments[0].key].iv, "0x0123");
  EXPECT_EQ(list.segments[0].bitrate_kbps, 700U);
  EXPECT_EQ(list.segments[1].range->offset, 150U);
  EXPECT_TRUE(list.segments[1].gap);
  EXPECT_FALSE(list.segments[2].gap);
  EXPECT_EQ(list.keys[*list.segments[2].key].method, "NONE");
  EXPECT_FALSE(list.segments[2].range);
}

TEST(MediaPlaylistText, NamesTheLineThatBreaksARule) {
  EXPECT_EQ(error_of(""), "1: the first line is not #EXTM3U");
  EXPECT_EQ(error_of("#EXTM3U8\n"), "1: the first line is not #EXTM3U");
  EXPECT_EQ(error_of("\xEF\xBB\xBF#EXTM3U\n"), "1: begins with a byte order mark");
  EXPECT_EQ(error_of("#EXTM3U\n"), "0: EXT-X-TARGETDURATION is missing");
  EXPECT_EQ(error_with("a.ts\n"), "3: a URI without its EXTINF");
  EXPECT_EQ(error_with("#EXTINF:1,\n#EXTINF:1,\na\n"),
            "4: EXTINF: follows another one without a URI between");
  EXPECT_EQ(error_with("#EXTINF:1,\n"), "3: the URI of the last segment is missing");
  EXPECT_EQ(error_with("#EXTINF:1\na\n"), "3: EXTINF: is not <seconds>,[<title>]");
  EXPECT_EQ(error_with("#EXTINF:-1,\na\n"), "3: EXTINF: is not <seconds>,[<title>]");
  EXPECT_EQ(error_with("#EXT-X-TARGETDURATION:6\n"), "3: EXT-X-TARGETDURATION: appears twice");
  EXPECT_EQ(error_with("#EXT-X-STREAM-INF:BANDWIDTH=1\n"),
            "3: EXT-X-STREAM-INF: has no place in a Media Playlist");
  EXPECT_EQ(error_with("#EXTINF:1,\na\tb\n"),
            "4: the line holds a control character, or is not UTF-8");
  EXPECT_EQ(error_with("#EXT-X-PLAYLIST-TYPE:LIVE\n"),
            "3: EXT-X-PLAYLIST-TYPE: is neither VOD nor EVENT");
  EXPECT_EQ(error_with("#EXT-X-ENDLIST:\n#EXT-X-GAP:1\n"),
            "4: EXT-X-GAP: has a value, and must have none");
  EXPECT_EQ(error_with("#EXT-X-MEDIA-SEQUENCE:-1\n"),
            "3: EXT-X-MEDIA-SEQUENCE: is no decimal integer");
  EXPECT_EQ(error_with("#EXTINF:1,\na\n#EXT-X-MEDIA-SEQUENCE:1\n"),
            "5: EXT-X-MEDIA-SEQUENCE: stands behind a segment");
  EXPECT_EQ(error_with("#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n"),
            "4: EXT-X-DISCONTINUITY-SEQUENCE: stands behind an EXT-X-DISCONTINUITY");
  EXPECT_EQ(error_with("#EXT-X-PROGRAM-DATE-TIME:yesterday\n"),
            "3: EXT-X-PROGRAM-DATE-TIME: is no date like 2026-03-01T12:00:00.250Z");
}

TEST(MediaPlaylistText, NamesTheAttributeThatBreaksARule) {
  EXPECT_EQ(error_with("#EXT-X-MAP:BYTERANGE=\"1@0\"\n"), "3: EXT-X-MAP: URI is missing");
  EXPECT_EQ(error_with("#EXT-X-MAP:URI=a\n"), "3: EXT-X-MAP: URI is not in quotes");
  EXPECT_EQ(error_with("#EXT-X-PART:URI=\"a\",DURATION=\"1\"\n"),
            "3: EXT-X-PART: DURATION is no decimal number");
  EXPECT_EQ(error_with("#EXT-X-PART:URI=\"a\",DURATION=1,GAP=1\n"),
            "3: EXT-X-PART: GAP is neither YES nor NO");
  EXPECT_EQ(error_with("#EXT-X-KEY:METHOD=AES-128\n"), "3: EXT-X-KEY: URI is missing");
  EXPECT_EQ(error_with("#EXT-X-KEY:METHOD=NONE,URI=\"k\"\n"),
            "3: EXT-X-KEY: METHOD NONE stands alone");
  EXPECT_EQ(error_with("#EXT-X-DATERANGE:ID=\"a\",END-ON-NEXT=YES\n"),
            "3: EXT-X-DATERANGE: END-ON-NEXT needs a CLASS");
  EXPECT_EQ(error_with("#EXT-X-DATERANGE:ID=\"a\",SCTE35-IN=FC\n"),
            "3: EXT-X-DATERANGE: SCTE35-IN is no hexadecimal sequence");
  EXPECT_EQ(error_with("#EXT-X-PRELOAD-HINT:TYPE=PART\n"), "3: EXT-X-PRELOAD-HINT: URI is missing");
  EXPECT_EQ(error_with("#EXT-X-PRELOAD-HINT:TYPE=LATER\n"), "") << "of a later version";
}

TEST(MediaPlaylistText, ResolvesByteRangesOrSaysWhyNot) {
  EXPECT_EQ(error_with("#EXTINF:1,\n#EXT-X-BYTERANGE:10\na\n"),
            "5: a byte range without an offset follows no range of the same file");
  EXPECT_EQ(error_with("#EXTINF:1,\n#EXT-X-BYTERANGE:9@1\na\n#EXTINF:1,\n#EXT-X-BYTERANGE:9\nb\n"),
            "8: a byte range without an offset follows no range of the same file");
  EXPECT_EQ(error_with("#EXTINF:1,\n#EXT-X-BYTERANGE:10@\na\n"),
            "5: byte range \"10@\" is not like 1000@500");
  EXPECT_EQ(error_with("#EXTINF:1,\n#EXT-X-BYTERANGE:2@18446744073709551615\na\n"),
            "5: a byte range ends beyond 2^64");
  EXPECT_EQ(error_with("#EXT-X-MAP:URI=\"a\",BYTERANGE=\"10\"\n"),
            "3: EXT-X-MAP: a byte range without an offset follows no range of the same file");
}

TEST(MediaPlaylistText, CostsItsReaderOnlySoMuch) {
  const ReadLimits limits{.bytes_max = 400,
                          .line_bytes_max = 60,
                          .segments_max = 2,
                          .tags_max = 2,
                          .attributes_max = 3};
  const auto error = [&](const std::string& lines) {
    return error_of("#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + lines, limits);
  };
  EXPECT_EQ(error(std::string(500, '#')), "0: the playlist is too large");
  EXPECT_EQ(error(std::string(61, '#')), "3: the line is too long");
  EXPECT_EQ(error("#EXTINF:1,\na\n#EXTINF:1,\na\n#EXTINF:1,\na\n"), "8: too many segments");
  EXPECT_EQ(error("#EXTA\n#EXTB\n#EXTC\n"), "5: EXTC: appears too often");
  const std::string part = "#EXT-X-PART:URI=\"a\",DURATION=1\n";
  EXPECT_EQ(error(part + part + part), "5: EXT-X-PART: appears too often");
  EXPECT_EQ(error("#EXT-X-MAP:URI=\"a\",A=1,B=2,C=3\n"), "3: EXT-X-MAP: too many attributes");
}

TEST(MediaPlaylistText, IsWhatTheWriterWrote) {
  MediaPlaylist written{.type = PlaylistType::kEvent,
                        .timescale = 48'000,
                        .target_duration_s = 7,
                        .media_sequence = 12,
                        .independent_segments = true,
                        .map_uri = "init.mp4"};
  written.segments = {{.uri = "0-2.m4s", .start = 0, .duration = 288'768},
                      {.uri = "3-5.m4s",
                       .start = 288'768,
                       .duration = 288'001,
                       .range = ByteRange{.offset = 5, .size = 10}}};
  const MediaPlaylistText read = must_parse(render(written));
  EXPECT_EQ(read.version, 6U);
  EXPECT_EQ(read.type, PlaylistType::kEvent);
  EXPECT_EQ(read.target_duration_s, 7U);
  EXPECT_TRUE(read.independent_segments);
  EXPECT_FALSE(read.ended);
  ASSERT_EQ(read.segments.size(), 2U);
  EXPECT_EQ(read.maps[*read.segments[0].map].uri, "init.mp4");
  EXPECT_EQ(read.segments[0].media_sequence, 12U);
  EXPECT_EQ(read.segments[0].duration, 6'016ms);
  EXPECT_EQ(read.segments[1].uri, "3-5.m4s");
  EXPECT_EQ(read.segments[1].range->offset, 5U);
  EXPECT_EQ(read.segments[1].range->size, 10U);
  EXPECT_EQ(read.segments[0].duration + read.segments[1].duration, 12'016'021us);
}

}  // namespace
}  // namespace millrace::media::hls
