#include "media/live/ingest/rtmp/command.h"

#include <gtest/gtest.h>

#include "tests/media/real_tools.h"

namespace millrace::media::rtmp {
namespace {

using flv::AmfProperty;
using flv::AmfValue;
using media::test::from_hex;

Command connect_with(std::vector<AmfProperty> properties) {
  return {.name = "connect",
          .transaction = 1,
          .object = AmfValue::object(std::move(properties)),
          .arguments = {}};
}

TEST(RtmpCommand, ReadsBackWhatItWrote) {
  const Command written{.name = "publish",
                        .transaction = 5,
                        .object = {},
                        .arguments = {AmfValue::of("key"), AmfValue::of(7.0)}};
  const auto read = read_command(write_command(written));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "publish");
  EXPECT_EQ(read->transaction, 5);
  EXPECT_EQ(read->text_argument(0), "key");
  EXPECT_EQ(read->number_argument(1), 7);
}

TEST(RtmpCommand, HasArgumentsOfAnotherKindAsNothing) {
  const Command command{.arguments = {AmfValue::of(7.0), AmfValue::of("x")}};
  EXPECT_EQ(command.text_argument(0), "");
  EXPECT_EQ(command.number_argument(1), 0);
  EXPECT_EQ(command.text_argument(2), "");
  EXPECT_EQ(command.number_argument(2), 0);
}

TEST(RtmpCommand, NeedsNoMoreThanAName) {
  const auto read = read_command(from_hex("02 0001 78"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "x");
  EXPECT_EQ(read->transaction, 0);
}

TEST(RtmpCommand, IsNothingWithoutAName) {
  EXPECT_FALSE(read_command({}));
  EXPECT_FALSE(read_command(from_hex("05")));
  EXPECT_FALSE(read_command(from_hex("02 0009 78")));
}

TEST(RtmpCommand, FindsTheApplicationInWhatEncodersMakeOfIt) {
  for (const char* app : {"live", "/live", "live/", "live?token=x", "/live/?token=x"}) {
    EXPECT_EQ(app_of(connect_with({{"app", AmfValue::of(app)}})), "live") << app;
  }
  EXPECT_EQ(app_of(connect_with({})), "");
  EXPECT_EQ(app_of(connect_with({{"app", AmfValue::of(1.0)}})), "");
}

TEST(RtmpCommand, IG_02_TellsAnEnhancedClientWhatItMaySend) {
  const Command result = connect_result(
      connect_with({{"fourCcList", AmfValue::array({AmfValue::of("hvc1")})},
                    {"videoFourCcInfoMap", AmfValue::object({{"*", AmfValue::of(7.0)}})},
                    {"capsEx", AmfValue::of(15.0)}}));
  EXPECT_EQ(result.name, "_result");
  EXPECT_EQ(result.transaction, 1);
  const AmfValue& properties = result.object;
  ASSERT_NE(properties.find("fourCcList"), nullptr);
  EXPECT_EQ(properties.find("fourCcList")->properties.front().value, AmfValue::of("avc1"));
  ASSERT_NE(properties.find("videoFourCcInfoMap"), nullptr);
  for (const char* four_cc : {"avc1", "hvc1", "av01", "vp09"}) {
    ASSERT_NE(properties.find("videoFourCcInfoMap")->find(four_cc), nullptr);
    EXPECT_EQ(properties.find("videoFourCcInfoMap")->find(four_cc)->number, 5)
        << "can decode, can forward";
  }
  ASSERT_NE(properties.find("capsEx"), nullptr);
  EXPECT_EQ(properties.find("capsEx")->number, 12) << "ModEx and nanoseconds";
  EXPECT_EQ(properties.find("audioFourCcInfoMap"), nullptr) << "nobody asked";
}

TEST(RtmpCommand, TellsAnOldClientNothingNew) {
  const Command result = connect_result(connect_with({{"app", AmfValue::of("live")}}));
  EXPECT_EQ(result.object.properties.size(), 3U);
  EXPECT_EQ(result.arguments.front().text_of("code"), "NetConnection.Connect.Success");
}

}  // namespace
}  // namespace millrace::media::rtmp
