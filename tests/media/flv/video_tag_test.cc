#include "media/flv/video_tag.h"

#include <gtest/gtest.h>

#include "tests/media/real_tools.h"

namespace millrace::media::flv {
namespace {

using test::from_hex;
using test::to_hex;

struct Parsed {
  explicit Parsed(std::string_view hex) : body(from_hex(hex)), packet(parse_video(body)) {}
  const VideoPacket* operator->() const { return &*packet; }
  std::string payload() const { return to_hex(packet->payload); }

  std::vector<std::byte> body;
  core::Result<VideoPacket> packet;
};

TEST(VideoTag, ReadsAPictureAsFlashHadIt) {
  const Parsed parsed("17 01 000021 00000002 0910");
  ASSERT_TRUE(parsed.packet);
  EXPECT_EQ(parsed->codec, VideoCodec::kH264);
  EXPECT_EQ(parsed->kind, PacketKind::kFrame);
  EXPECT_TRUE(parsed->is_key_frame);
  EXPECT_EQ(parsed->composition_offset_ms, 33);
  EXPECT_EQ(parsed.payload(), "000000020910");
}

TEST(VideoTag, IG_01_TakesTheCompositionTimeAsASignedNumber) {
  const Parsed parsed("27 01 ffffdf 00");
  ASSERT_TRUE(parsed.packet);
  EXPECT_FALSE(parsed->is_key_frame);
  EXPECT_EQ(parsed->composition_offset_ms, -33);
  EXPECT_EQ(Parsed("27 01 800000 00")->composition_offset_ms, -8388608);
  EXPECT_EQ(Parsed("27 01 7fffff 00")->composition_offset_ms, 8388607);
}

TEST(VideoTag, HandsOutAConfigurationAsItsBytes) {
  const Parsed parsed("17 00 000000 0142c01e");
  ASSERT_TRUE(parsed.packet);
  EXPECT_EQ(parsed->kind, PacketKind::kConfig);
  EXPECT_FALSE(parsed->is_key_frame);
  EXPECT_EQ(parsed.payload(), "0142c01e");
}

TEST(VideoTag, KnowsTheEndOfASequence) {
  EXPECT_EQ(Parsed("17 02 000000")->kind, PacketKind::kEnd);
  EXPECT_EQ(Parsed("92 61766331")->kind, PacketKind::kEnd);
}

TEST(VideoTag, KnowsHevcByTheNumberThatEncodersGaveIt) {
  const Parsed parsed("1c 01 000000 aa");
  EXPECT_EQ(parsed->codec, VideoCodec::kHevc);
  EXPECT_EQ(parsed.payload(), "aa");
}

TEST(VideoTag, LeavesCodecsItDoesNotKnowToOthers) {
  const Parsed parsed("12 aabb");  // Sorenson H.263
  ASSERT_TRUE(parsed.packet);
  EXPECT_EQ(parsed->codec, VideoCodec::kUnknown);
  EXPECT_EQ(parsed->kind, PacketKind::kFrame);
  EXPECT_EQ(Parsed("91 78787878 01")->codec, VideoCodec::kUnknown);
}

TEST(VideoTag, IgnoresCommandsAndEmptyPictures) {
  EXPECT_EQ(Parsed("57 00")->kind, PacketKind::kIgnored);
  EXPECT_EQ(Parsed("d1 00")->kind, PacketKind::kIgnored);
  EXPECT_EQ(Parsed("17 01 000000")->kind, PacketKind::kIgnored);
  EXPECT_EQ(Parsed("17 00 000000")->kind, PacketKind::kIgnored);
  EXPECT_EQ(Parsed("17 09 000000 aa")->kind, PacketKind::kIgnored);
}

TEST(VideoTag, IG_02_ReadsTheConfigurationOfEachCodecByItsFourCc) {
  const struct {
    const char* four_cc;
    VideoCodec codec;
  } cases[] = {{"61766331", VideoCodec::kH264},
               {"68766331", VideoCodec::kHevc},
               {"61763031", VideoCodec::kAv1},
               {"76703039", VideoCodec::kVp9},
               {"76703038", VideoCodec::kVp8}};
  for (const auto& [four_cc, codec] : cases) {
    const Parsed parsed(std::string("90 ") + four_cc + " 01020304");
    ASSERT_TRUE(parsed.packet) << four_cc;
    EXPECT_EQ(parsed->codec, codec);
    EXPECT_EQ(parsed->kind, PacketKind::kConfig);
    EXPECT_EQ(parsed.payload(), "01020304");
  }
}

TEST(VideoTag, IG_02_HasACompositionTimeInCodedFramesOfReorderedCodecsOnly) {
  const Parsed hevc("a1 68766331 ffffff aabb");
  EXPECT_EQ(hevc->composition_offset_ms, -1);
  EXPECT_FALSE(hevc->is_key_frame);
  EXPECT_EQ(hevc.payload(), "aabb");
  const Parsed without("93 68766331 ffffff aabb");
  EXPECT_EQ(without->composition_offset_ms, 0);
  EXPECT_TRUE(without->is_key_frame);
  EXPECT_EQ(without.payload(), "ffffffaabb");
  const Parsed av1("91 61763031 ffffff aabb");
  EXPECT_EQ(av1->composition_offset_ms, 0);
  EXPECT_EQ(av1.payload(), "ffffffaabb");
}

TEST(VideoTag, IG_02_HandsOutMetadataAsItsBytes) {
  const Parsed parsed("94 68766331 02000963");
  EXPECT_EQ(parsed->kind, PacketKind::kMetadata);
  EXPECT_EQ(parsed.payload(), "02000963");
  EXPECT_EQ(Parsed("d4 68766331 02")->kind, PacketKind::kMetadata) << "also as a command";
}

TEST(VideoTag, IG_02_AddsNanosecondsOfAnExtension) {
  const Parsed parsed("97 02 0f423f 01 61763031 aa");  // 999,999 ns, then CodedFrames
  ASSERT_TRUE(parsed.packet);
  EXPECT_EQ(parsed->timestamp_offset_ns, 999'999U);
  EXPECT_EQ(parsed->kind, PacketKind::kFrame);
  EXPECT_EQ(parsed->codec, VideoCodec::kAv1);
  EXPECT_EQ(parsed.payload(), "aa");
  EXPECT_EQ(Parsed("97 02 0f4240 01 61763031 aa")->timestamp_offset_ns, 0U) << "not a millisecond";
}

TEST(VideoTag, IG_02_PassesOverExtensionsItDoesNotKnow) {
  const std::string long_extension = "97 ff 0100" + std::string(257 * 2, '0') + "11 61763031 aa";
  EXPECT_EQ(Parsed(long_extension).payload(), "aa");
  EXPECT_EQ(Parsed("97 00 77 17 02 000001 01 61763031 aa")->timestamp_offset_ns, 1U)
      << "one behind the other";
}

TEST(VideoTag, IG_02_TakesTheFirstTrackOfSeveral) {
  EXPECT_EQ(Parsed("96 01 61766331 00 000001 aa").payload(), "aa") << "one track";
  const Parsed same_codec("96 13 61766331 01 000002 bbbb 00 000003 aaaaaa 02 000001 cc");
  ASSERT_TRUE(same_codec.packet);
  EXPECT_EQ(same_codec->codec, VideoCodec::kH264);
  EXPECT_EQ(same_codec.payload(), "aaaaaa");
  const Parsed other_codec("96 20 61766331 01 000002 bbbb 68766331 00 000003 aaaaaa");
  EXPECT_EQ(other_codec->codec, VideoCodec::kHevc);
  EXPECT_EQ(other_codec->kind, PacketKind::kConfig);
  EXPECT_EQ(other_codec.payload(), "aaaaaa");
}

TEST(VideoTag, IG_02_IgnoresTagsOfOtherTracksOnly) {
  EXPECT_EQ(Parsed("96 01 61766331 01 000001 aa")->kind, PacketKind::kIgnored);
  EXPECT_EQ(Parsed("96 13 61766331 01 000002 bbbb")->kind, PacketKind::kIgnored);
}

TEST(VideoTag, RefusesOneShorterThanItsHeader) {
  for (const char* hex :
       {"", "17", "17 01 0000", "90 617663", "91 68766331 ffff", "97", "97 02 00", "97 ff ff", "96",
        "96 01 617663", "96 01 61766331", "96 31 61766331 00", "96 13 61766331 00 000003 aa"}) {
    const Parsed parsed(hex);
    ASSERT_FALSE(parsed.packet) << hex;
    EXPECT_EQ(parsed.packet.error().code, core::ErrorCode::kMalformed);
  }
}

}  // namespace
}  // namespace millrace::media::flv
