#include "media/flv/flv_reader.h"

#include <gtest/gtest.h>

#include "media/flv/audio_tag.h"
#include "media/flv/flv_writer.h"
#include "media/flv/stream_metadata.h"
#include "media/flv/video_tag.h"
#include "tests/media/real_tools.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using test::from_hex;
using test::to_hex;

constexpr std::string_view kHeader = "464c5601 05 00000009 00000000";

struct ReadTag {
  TagType type;
  int64_t timestamp_ms;
  std::string body;
  friend bool operator==(const ReadTag&, const ReadTag&) = default;
};

/// All tags, the input coming `portion` bytes at a time.
struct Reading {
  explicit Reading(std::span<const std::byte> bytes, size_t portion = SIZE_MAX,
                   FlvLimits limits = {})
      : reader(limits) {
    while (!bytes.empty() && !error) {
      auto input = bytes.first(std::min(portion, bytes.size()));
      bytes = bytes.subspan(input.size());
      read(input);
    }
  }
  void read(std::span<const std::byte> input) {
    while (true) {
      const auto tag = reader.next(input);
      if (!tag) error = tag.error().code;
      if (!tag || !tag->has_value()) return;
      tags.push_back({(*tag)->type, (*tag)->timestamp_ms, to_hex((*tag)->body)});
    }
  }

  FlvReader reader;
  std::vector<ReadTag> tags;
  std::optional<ErrorCode> error;
};

std::vector<std::byte> file_of(std::string_view tags) {
  return from_hex(std::string(kHeader) + std::string(tags));
}

TEST(FlvReader, CutsTheSameTagsHoweverTheBytesCome) {
  const auto file = file_of(
      "12 000002 000000 00 000000 aabb 0000000d"
      "09 000001 000001 00 000000 cc 0000000c"
      "08 000003 000022 01 000000 112233 0000000e");
  const std::vector<ReadTag> expected = {{TagType::kScript, 0, "aabb"},
                                         {TagType::kVideo, 1, "cc"},
                                         {TagType::kAudio, 0x01000022, "112233"}};
  for (size_t portion = 1; portion <= file.size(); ++portion) {
    const Reading reading(file, portion);
    EXPECT_EQ(reading.tags, expected) << portion << " bytes at a time";
    EXPECT_TRUE(reading.reader.at_boundary());
  }
}

TEST(FlvReader, KnowsWhetherTheStreamEndedInTheMiddleOfATag) {
  const auto file = file_of("12 000002 000000 00 000000 aabb 0000000d");
  const auto ends_well_at = [&](size_t size) {
    return Reading(std::span(file).first(size)).reader.at_boundary();
  };
  EXPECT_FALSE(ends_well_at(5));
  EXPECT_FALSE(ends_well_at(file.size() - 5));
  EXPECT_TRUE(ends_well_at(file.size() - 4)) << "only the size of the last tag is missing";
  EXPECT_TRUE(ends_well_at(file.size()));
}

TEST(FlvReader, GoesOnCountingWhenTimestampsWrap) {
  const auto file = file_of(
      "08 000001 fffff0 ff 000000 01 0000000c"
      "09 000001 000010 00 000000 02 0000000c"
      "08 000001 fffffe ff 000000 03 0000000c"
      "09 000001 000020 00 000000 04 0000000c");
  const Reading reading(file);
  ASSERT_EQ(reading.tags.size(), 4U);
  EXPECT_EQ(reading.tags[0].timestamp_ms, 0xFFFFFFF0);
  EXPECT_EQ(reading.tags[1].timestamp_ms, 0x100000010);
  EXPECT_EQ(reading.tags[2].timestamp_ms, 0xFFFFFFFE);
  EXPECT_EQ(reading.tags[3].timestamp_ms, 0x100000020);
}

TEST(FlvReader, TellsJumpsOfTimeAsTheyAre) {
  const auto file = file_of(
      "09 000001 36ee80 00 000000 01 0000000c"
      "09 000001 000000 00 000000 02 0000000c"
      "09 000001 fffff6 ff 000000 03 0000000c");
  const Reading reading(file);
  ASSERT_EQ(reading.tags.size(), 3U);
  EXPECT_EQ(reading.tags[0].timestamp_ms, 3'600'000);
  EXPECT_EQ(reading.tags[1].timestamp_ms, 0);
  EXPECT_EQ(reading.tags[2].timestamp_ms, -10);
}

TEST(FlvReader, PassesOverEmptyTagsAndUnknownOnes) {
  const auto file = file_of(
      "09 000000 000000 00 000000 0000000b"
      "0f 000002 000000 00 000000 ffff 0000000d"
      "09 000001 000000 00 000000 02 0000000c");
  EXPECT_EQ(Reading(file, 3).tags, (std::vector<ReadTag>{{TagType::kVideo, 0, "02"}}));
}

TEST(FlvReader, IgnoresSizesBehindTagsAndALongerHeader) {
  const auto file = from_hex(
      "464c5601 00 0000000b 7777 12345678"
      "09 000001 000000 00 000000 02 12345678"
      "09 000001 000000 00 000000 03");
  EXPECT_EQ(Reading(file).tags.size(), 2U);
}

TEST(FlvReader, RefusesWhatIsNoFlv) {
  EXPECT_EQ(Reading(from_hex("47400000100000b00d")).error, ErrorCode::kMalformed);
  EXPECT_EQ(Reading(from_hex("464c560205 00000009")).error, ErrorCode::kMalformed);
  EXPECT_EQ(Reading(from_hex("464c560105 00000008")).error, ErrorCode::kMalformed);
  EXPECT_EQ(Reading(from_hex("464c560105 7fffffff")).error, ErrorCode::kMalformed);
  EXPECT_EQ(Reading(file_of("49 000001 000000 00 000000 02")).error, ErrorCode::kMalformed);
  EXPECT_EQ(Reading(file_of("29 000001 000000 00 000000 02")).error, ErrorCode::kUnsupported);
}

TEST(FlvReader, RefusesTagsOverItsLimitBeforeItHoldsThem) {
  const auto file = file_of("09 000005 000000 00 000000");
  EXPECT_EQ(Reading(file, 1, {.body_size_max = 4}).error, ErrorCode::kTooLarge);
  EXPECT_EQ(Reading(file, 1, {.body_size_max = 5}).error, std::nullopt);
}

TEST(FlvReader, StaysLostOnceItIsLost) {
  FlvReader reader;
  const auto bad = from_hex("47400000100000b00d");
  std::span<const std::byte> input = bad;
  EXPECT_FALSE(reader.next(input));
  const auto good = file_of("");
  input = good;
  EXPECT_FALSE(reader.next(input));
}

TEST(FlvReader, ReadsWhatTheWriterWrote) {
  std::vector<std::byte> file;
  append_header(file);
  const auto body = from_hex("1701000000aabbcc");
  append_tag(file, {.type = TagType::kVideo, .timestamp_ms = 0x112345678, .body = body});
  EXPECT_EQ(to_hex(file),
            "464c5601050000000900000000"
            "0900000834567812000000"
            "1701000000aabbcc"
            "00000013");
  EXPECT_EQ(Reading(file).tags,
            (std::vector<ReadTag>{{TagType::kVideo, 0x12345678, "1701000000aabbcc"}}));
}

TEST(FlvReader, ReadsAFileOfFfmpeg) {
  test::TemporaryFolder folder;
  const std::string path = folder.file("a.flv");
  test::output_of(
      "ffmpeg -v error -f lavfi -i testsrc=size=320x180:rate=25 -f lavfi -i sine=sample_rate=48000 "
      "-t 2 -c:v libx264 -bf 2 -g 25 -c:a aac -f flv " +
      path);
  const auto file = test::read_file(path);
  FlvReader reader;
  std::span<const std::byte> input = file;
  size_t pictures = 0, key_frames = 0, sounds = 0, configs = 0;
  int32_t composition_offset_ms_max = 0;
  StreamMetadata metadata;
  while (true) {
    const auto tag = reader.next(input);
    ASSERT_TRUE(tag);
    if (!tag->has_value()) break;
    if ((*tag)->type == TagType::kScript) metadata = parse_metadata((*tag)->body).value();
    if ((*tag)->type == TagType::kVideo) {
      const auto packet = parse_video((*tag)->body);
      ASSERT_TRUE(packet);
      EXPECT_EQ(packet->codec, VideoCodec::kH264);
      pictures += packet->kind == PacketKind::kFrame;
      key_frames += packet->is_key_frame;
      configs += packet->kind == PacketKind::kConfig;
      composition_offset_ms_max =
          std::max(composition_offset_ms_max, packet->composition_offset_ms);
    }
    if ((*tag)->type == TagType::kAudio) {
      const auto packet = parse_audio((*tag)->body);
      ASSERT_TRUE(packet);
      sounds += packet->kind == PacketKind::kFrame;
      configs += packet->kind == PacketKind::kConfig;
    }
  }
  EXPECT_EQ(pictures, 50U);
  EXPECT_EQ(key_frames, 2U);
  EXPECT_GE(sounds, 93U);
  EXPECT_EQ(configs, 2U);
  EXPECT_GE(composition_offset_ms_max, 80);
  EXPECT_EQ(metadata.width, 320);
  EXPECT_EQ(metadata.frame_rate_fps, 25);
  EXPECT_EQ(metadata.audio_sample_rate_hz, 48000);
  EXPECT_TRUE(metadata.encoder.starts_with("Lavf"));
}

}  // namespace
}  // namespace millrace::media::flv
