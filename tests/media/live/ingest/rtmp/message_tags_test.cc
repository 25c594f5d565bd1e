#include "media/live/ingest/rtmp/message_tags.h"

#include <gtest/gtest.h>

#include "media/flv/flv_reader.h"
#include "media/flv/flv_writer.h"
#include "tests/media/live/ingest/rtmp/encoder.h"
#include "tests/media/real_tools.h"

namespace millrace::media::rtmp::test {
namespace {

using media::test::from_hex;
using media::test::to_hex;

/// The tags of one message: type, timestamp, body.
std::vector<std::string> tags_of(const Message& message) {
  std::vector<std::byte> flv;
  flv::append_header(flv);
  EXPECT_TRUE(append_tags(flv, message));
  std::vector<std::string> all;
  flv::FlvReader reader;
  std::span<const std::byte> input = flv;
  while (true) {
    const auto tag = reader.next(input);
    EXPECT_TRUE(tag);
    if (!tag || !tag->has_value()) return all;
    all.push_back(fmt::format("{} {} {}", static_cast<int>((*tag)->type), (*tag)->timestamp_ms,
                              to_hex((*tag)->body)));
  }
}

using Tags = std::vector<std::string>;

TEST(MessageTags, KeepTypeTimeAndBody) {
  const Bytes body = from_hex("1701");
  EXPECT_EQ(tags_of({.type = MessageType::kVideo, .timestamp_ms = 33, .body = body}),
            (Tags{"9 33 1701"}));
  EXPECT_EQ(tags_of({.type = MessageType::kAudio, .timestamp_ms = 0xFFFFFFFF, .body = body}),
            (Tags{"8 4294967295 1701"}));
}

TEST(MessageTags, HoldWhatSetDataFrameSets) {
  Bytes command, metadata;
  append_amf0(command, AmfValue::of("@setDataFrame"));
  append_amf0(metadata, AmfValue::of("onMetaData"));
  append_amf0(metadata, AmfValue::object({{"width", AmfValue::of(1280.0)}}));
  const Tags expected{"18 0 " + to_hex(metadata)};
  const Bytes amf0 = command + metadata;
  EXPECT_EQ(tags_of({.type = MessageType::kData, .body = amf0}), expected);
  EXPECT_EQ(tags_of({.type = MessageType::kData, .body = metadata}), expected);
  const Bytes amf3 = Bytes{std::byte{0}} + amf0;
  EXPECT_EQ(tags_of({.type = MessageType::kDataAmf3, .body = amf3}), expected);
  EXPECT_EQ(tags_of({.type = MessageType::kDataAmf3, .body = metadata}), Tags{})
      << "AMF3 itself is not read";
}

TEST(MessageTags, AreThoseInAnAggregateCountedFromItsTime) {
  const Bytes body = from_hex(
      "08 000001 000064 00 000000 aa 0000000c"
      "16 000001 000069 00 000000 bb 0000000c"
      "09 000001 000069 00 000000 bb");
  EXPECT_EQ(tags_of({.type = MessageType::kAggregate, .timestamp_ms = 1000, .body = body}),
            (Tags{"8 1000 aa", "9 1005 bb"}))
      << "no aggregate in an aggregate; the last one's size may be missing";
}

TEST(MessageTags, AreNotMadeOfAnAggregateThatIsCutOff) {
  const Bytes body = from_hex("08 000009 000064 00 000000 aa");
  std::vector<std::byte> flv;
  const auto done = append_tags(flv, {.type = MessageType::kAggregate, .body = body});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, core::ErrorCode::kMalformed);
}

TEST(MessageTags, AreNotMadeOfNothing) {
  EXPECT_EQ(tags_of({.type = MessageType::kVideo}), Tags{});
  EXPECT_EQ(tags_of({.type = MessageType::kDataAmf3}), Tags{});
  const Bytes body = from_hex("00000001");
  EXPECT_EQ(tags_of({.type = MessageType::kWindowAckSize, .body = body}), Tags{});
}

}  // namespace
}  // namespace millrace::media::rtmp::test
