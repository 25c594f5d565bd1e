#include "media/live/ingest/rtmp/chunk_reader.h"

#include <gtest/gtest.h>

#include "media/live/ingest/rtmp/chunk_writer.h"
#include "tests/media/real_tools.h"

namespace millrace::media::rtmp {
namespace {

using core::ErrorCode;
using media::test::from_hex;
using media::test::to_hex;

struct Got {
  uint8_t type;
  uint32_t timestamp_ms;
  uint32_t stream_id;
  std::string body;
  friend bool operator==(const Got&, const Got&) = default;
};

/// All messages, the input coming `portion` bytes at a time.
struct Reading {
  explicit Reading(std::span<const std::byte> bytes, size_t portion = SIZE_MAX,
                   ChunkLimits limits = {})
      : reader(limits) {
    while (!bytes.empty() && !error) {
      auto input = bytes.first(std::min(portion, bytes.size()));
      bytes = bytes.subspan(input.size());
      read(input);
    }
  }
  explicit Reading(std::string_view hex, ChunkLimits limits = {})
      : Reading(from_hex(hex), SIZE_MAX, limits) {}
  void read(std::span<const std::byte> input) {
    while (true) {
      const auto next = reader.next(input);
      if (!next) error = next.error().code;
      if (!next || !next->has_value()) return;
      const Message& message = **next;
      messages.push_back({static_cast<uint8_t>(message.type), message.timestamp_ms,
                          message.stream_id, to_hex(message.body)});
    }
  }
  std::vector<uint32_t> times() const {
    std::vector<uint32_t> all;
    for (const Got& each : messages) all.push_back(each.timestamp_ms);
    return all;
  }

  ChunkReader reader;
  std::vector<Got> messages;
  std::optional<ErrorCode> error;
};

TEST(ChunkReader, IG_01_ReadsEachKindOfHeaderHoweverTheBytesCome) {
  const auto bytes = from_hex(
      "04 0003e8 000002 08 01000000 aaaa"  // type 0: all of it
      "44 000014 000003 09 bbbbbb"         // type 1: another length and type
      "84 000015 cccccc"                   // type 2: another delta
      "c4 dddddd");                        // type 3: as the last
  const std::vector<Got> expected = {
      {8, 1000, 1, "aaaa"}, {9, 1020, 1, "bbbbbb"}, {9, 1041, 1, "cccccc"}, {9, 1062, 1, "dddddd"}};
  for (size_t portion = 1; portion <= bytes.size(); ++portion) {
    EXPECT_EQ(Reading(bytes, portion).messages, expected) << portion << " bytes at a time";
  }
}

TEST(ChunkReader, ReadsLongChunkStreamIds) {
  const Reading reading(
      "00 00 000001 000001 08 01000000 aa"    // 64
      "01 ffff 000002 000001 08 01000000 bb"  // 65599
      "c0 00 cc"
      "c1 ffff dd");
  EXPECT_EQ(reading.times(), (std::vector<uint32_t>{1, 2, 2, 4}));
}

TEST(ChunkReader, JoinsChunksOfSeveralStreamsThatAlternate) {
  const std::string first(256, 'a'), second(128, 'b'), rest(4, 'a');
  const Reading reading("04 000000 000082 08 01000000" + first + "06 000000 000041 09 01000000" +
                        second + "bb" + "c4" + rest);
  ASSERT_EQ(reading.messages.size(), 2U) << "65 bytes of video, then 130 of audio";
  EXPECT_EQ(reading.messages[0].type, 9);
  EXPECT_EQ(reading.messages[1].body, first + rest);
}

TEST(ChunkReader, IG_01_ChangesTheChunkSizeBetweenMessages) {
  const Reading reading(
      "02 000000 000004 01 00000000 00000003"
      "04 000000 000004 08 01000000 aabbcc c4 dd");
  EXPECT_EQ(reading.messages, (std::vector<Got>{{8, 0, 1, "aabbccdd"}}));
}

TEST(ChunkReader, IG_01_ReadsExtendedTimestampsInEachChunk) {
  const Reading reading(
      "02 000000 000004 01 00000000 00000002"
      "04 ffffff 000003 08 01000000 01000000 aabb c4 01000000 cc"
      "84 ffffff 01000010 aabb c4 01000010 cc");
  EXPECT_EQ(reading.messages,
            (std::vector<Got>{{8, 0x01000000, 1, "aabbcc"}, {8, 0x02000010, 1, "aabbcc"}}));
}

TEST(ChunkReader, IG_01_DoesWithoutExtendedTimestampsInContinuations) {
  const auto bytes = from_hex(
      "02 000000 000004 01 00000000 00000004"
      "04 ffffff 00000a 08 01000000 01000000 01020304 c4 05060708 c4 090a"
      "04 000000 000002 08 01000000 ffff");
  for (size_t portion = 1; portion <= bytes.size(); ++portion) {
    EXPECT_EQ(Reading(bytes, portion).messages,
              (std::vector<Got>{{8, 0x01000000, 1, "0102030405060708090a"}, {8, 0, 1, "ffff"}}))
        << portion << " bytes at a time";
  }
}

TEST(ChunkReader, WrapsTimestamps) {
  const Reading reading("04 ffffff 000001 08 01000000 ffffffff aa 84 000002 aa");
  EXPECT_EQ(reading.times(), (std::vector<uint32_t>{0xFFFFFFFF, 1}));
}

TEST(ChunkReader, TakesARepeatedHeaderWithALargeTimestampAsTheSameTime) {
  EXPECT_EQ(Reading("04 000028 000001 08 01000000 aa c4 bb").times(),
            (std::vector<uint32_t>{40, 80}))
      << "the delta of type 3 after type 0 is its timestamp";
  EXPECT_EQ(Reading("04 36ee80 000001 08 01000000 aa c4 bb").times(),
            (std::vector<uint32_t>{3'600'000, 3'600'000}))
      << "but nobody means an hour";
}

TEST(ChunkReader, TakesTypeOneOnAFreshStream) {
  const Reading reading("42 000005 000006 04 0000 00000001 44 000000 000001 08 aa");
  EXPECT_EQ(reading.messages, (std::vector<Got>{{4, 5, 0, "000000000001"}, {8, 0, 0, "aa"}}));
}

TEST(ChunkReader, IG_01_ForgetsAMessageThatIsAborted) {
  const Reading reading(
      "02 000000 000004 01 00000000 00000002"
      "04 000000 000003 08 01000000 aabb"
      "02 000000 000004 02 00000000 0000 c2 0004"
      "04 000000 000002 08 01000000 ccdd");
  EXPECT_EQ(reading.messages, (std::vector<Got>{{8, 0, 1, "ccdd"}}));
}

TEST(ChunkReader, HandsOutEmptyMessages) {
  EXPECT_EQ(Reading("04 000000 000000 08 01000000 c4").messages.size(), 2U);
}

TEST(ChunkReader, RefusesWhatNoPeerMaySend) {
  EXPECT_EQ(Reading("84 000000").error, ErrorCode::kMalformed) << "type 2 with nothing before";
  EXPECT_EQ(Reading("c4").error, ErrorCode::kMalformed);
  EXPECT_EQ(Reading("02 000000 000004 01 00000000 00000000").error, ErrorCode::kMalformed);
  EXPECT_EQ(Reading("02 000000 000002 01 00000000 0000").error, ErrorCode::kMalformed);
  EXPECT_EQ(Reading("02 000000 000004 01 00000000 00000001"
                    "04 000000 000003 08 01000000 aa 04 000000 000003 08 01000000")
                .error,
            ErrorCode::kMalformed)
      << "a message inside a message of the same stream";
}

TEST(ChunkReader, BoundsMessagesBeforeItHoldsThem) {
  const ChunkLimits limits{.message_bytes_max = 4, .chunk_stream_count_max = 3};
  EXPECT_EQ(Reading("04 000000 000005 08 01000000", limits).error, ErrorCode::kTooLarge);
  const std::string three_of_four =
      "02 000000 000004 01 00000000 00000001"
      "04 000000 000004 08 01000000 aa"
      "05 000000 000004 08 01000000 aa";
  EXPECT_EQ(Reading(three_of_four, limits).error, std::nullopt);
  EXPECT_EQ(Reading(three_of_four + "02 000000 000001 08 00000000", limits).error,
            ErrorCode::kTooLarge)
      << "what is unfinished counts together";
}

TEST(ChunkReader, BoundsTheNumberOfChunkStreams) {
  std::string hex;
  for (const char* id : {"04", "05", "06"}) hex += std::string(id) + "000000 000000 08 01000000";
  EXPECT_EQ(Reading(hex, {.chunk_stream_count_max = 3}).error, std::nullopt);
  EXPECT_EQ(Reading(hex, {.chunk_stream_count_max = 2}).error, ErrorCode::kTooLarge);
}

TEST(ChunkReader, AllowsLargerMessagesLater) {
  ChunkReader reader({.message_bytes_max = 4});
  reader.allow_messages_of(5);
  const auto bytes = from_hex("04 000000 000005 08 01000000 0102030405");
  std::span<const std::byte> input = bytes;
  const auto message = reader.next(input);
  ASSERT_TRUE(message && message->has_value());
  EXPECT_EQ((*message)->body.size(), 5U);
}

TEST(ChunkReader, ReadsWhatTheWriterWrote) {
  for (const uint32_t timestamp_ms : {0U, 0xFFFFFEU, 0xFFFFFFU, 0xFFFFFFFFU}) {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{128}, size_t{129}, size_t{1000}}) {
      const std::vector<std::byte> body(size, std::byte{7});
      std::vector<std::byte> bytes;
      append_message(bytes,
                     {.type = MessageType::kVideo,
                      .timestamp_ms = timestamp_ms,
                      .stream_id = 0x01020304,
                      .body = body},
                     {.chunk_stream_id = 6});
      EXPECT_EQ(Reading(bytes).messages,
                (std::vector<Got>{{9, timestamp_ms, 0x01020304, to_hex(body)}}));
    }
  }
}

}  // namespace
}  // namespace millrace::media::rtmp
