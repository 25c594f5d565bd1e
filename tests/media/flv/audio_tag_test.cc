#include "media/flv/audio_tag.h"

#include <gtest/gtest.h>

#include "tests/media/real_tools.h"

namespace millrace::media::flv {
namespace {

using test::from_hex;
using test::to_hex;

struct Parsed {
  explicit Parsed(std::string_view hex) : body(from_hex(hex)), packet(parse_audio(body)) {}
  const AudioPacket* operator->() const { return &*packet; }
  std::string payload() const { return to_hex(packet->payload); }

  std::vector<std::byte> body;
  core::Result<AudioPacket> packet;
};

TEST(AudioTag, ReadsAacAsFlashHadIt) {
  const Parsed config("af 00 1190");
  EXPECT_EQ(config->codec, AudioCodec::kAac);
  EXPECT_EQ(config->kind, PacketKind::kConfig);
  EXPECT_EQ(config.payload(), "1190");
  const Parsed frame("af 01 210049");
  EXPECT_EQ(frame->kind, PacketKind::kFrame);
  EXPECT_EQ(frame.payload(), "210049");
}

TEST(AudioTag, ReadsMp3WhichHasNoConfiguration) {
  const Parsed frame("2f fffb90");
  EXPECT_EQ(frame->codec, AudioCodec::kMp3);
  EXPECT_EQ(frame->kind, PacketKind::kFrame);
  EXPECT_EQ(frame.payload(), "fffb90");
  EXPECT_EQ(Parsed("e2 ff")->codec, AudioCodec::kMp3);
}

TEST(AudioTag, LeavesCodecsItDoesNotKnowToOthers) {
  EXPECT_EQ(Parsed("b2 aa")->codec, AudioCodec::kUnknown);  // Speex
  EXPECT_EQ(Parsed("91 78787878 aa")->codec, AudioCodec::kUnknown);
}

TEST(AudioTag, IgnoresEmptyFrames) {
  EXPECT_EQ(Parsed("af 00")->kind, PacketKind::kIgnored);
  EXPECT_EQ(Parsed("af 01")->kind, PacketKind::kIgnored);
  EXPECT_EQ(Parsed("af 02 00")->kind, PacketKind::kIgnored);
  EXPECT_EQ(Parsed("91 4f707573")->kind, PacketKind::kIgnored);
}

TEST(AudioTag, IG_02_ReadsEachCodecByItsFourCc) {
  const struct {
    const char* four_cc;
    AudioCodec codec;
  } cases[] = {{"6d703461", AudioCodec::kAac},  {"2e6d7033", AudioCodec::kMp3},
               {"4f707573", AudioCodec::kOpus}, {"664c6143", AudioCodec::kFlac},
               {"61632d33", AudioCodec::kAc3},  {"65632d33", AudioCodec::kEac3}};
  for (const auto& [four_cc, codec] : cases) {
    const Parsed config(std::string("90 ") + four_cc + " 0102");
    EXPECT_EQ(config->codec, codec);
    EXPECT_EQ(config->kind, PacketKind::kConfig);
    const Parsed frame(std::string("91 ") + four_cc + " 0304");
    EXPECT_EQ(frame->kind, PacketKind::kFrame);
    EXPECT_EQ(frame.payload(), "0304");
  }
}

TEST(AudioTag, IG_02_KnowsTheOtherPackets) {
  EXPECT_EQ(Parsed("92 4f707573")->kind, PacketKind::kEnd);
  EXPECT_EQ(Parsed("94 4f707573 0002")->kind, PacketKind::kMetadata);
  EXPECT_EQ(Parsed("9f 4f707573 00")->kind, PacketKind::kIgnored);
}

TEST(AudioTag, IG_02_ReadsExtensionsAndTheFirstTrack) {
  const Parsed parsed("97 02 000064 05 11 4f707573 01 000001 bb 00 000002 aaaa");
  ASSERT_TRUE(parsed.packet);
  EXPECT_EQ(parsed->timestamp_offset_ns, 100U);
  EXPECT_EQ(parsed->codec, AudioCodec::kOpus);
  EXPECT_EQ(parsed->kind, PacketKind::kFrame);
  EXPECT_EQ(parsed.payload(), "aaaa");
  EXPECT_EQ(Parsed("95 01 4f707573 01 000001 aa")->kind, PacketKind::kIgnored);
}

TEST(AudioTag, RefusesOneShorterThanItsHeader) {
  for (const char* hex : {"", "af", "90", "90 4f7075", "95 11 4f707573 00 000003 aa", "97 05"}) {
    const Parsed parsed(hex);
    ASSERT_FALSE(parsed.packet) << hex;
    EXPECT_EQ(parsed.packet.error().code, core::ErrorCode::kMalformed);
  }
}

}  // namespace
}  // namespace millrace::media::flv
