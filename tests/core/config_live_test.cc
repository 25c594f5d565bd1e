#include <gtest/gtest.h>

#include "core/config.h"

namespace millrace::core {
namespace {

std::expected<Config, std::string> read(std::string_view text) {
  const ConfigSource source = {.name = "millrace.toml", .text = std::string(text)};
  return read_config({&source, 1});
}

std::string complaint(std::string_view text) {
  const auto config = read(text);
  EXPECT_FALSE(config.has_value()) << text;
  return config ? "" : config.error();
}

TEST(LiveConfig, ReadsChannels) {
  const auto config = read(R"(
    [live]
    rtmp_listen = ["127.0.0.1:1935"]
    segment_duration = "2s"
    [[live.channel]]
    name = "stage"
    key = "a-long-secret"
    expires = "2027-01-31T12:00:00Z"
    max_bitrate = "20Mbps"
    max_height = 1080
    [[live.channel]]
    name = "desk"
    key = "another-secret"
  )");
  ASSERT_TRUE(config.has_value()) << config.error();
  ASSERT_EQ(config->live.channel.size(), 2U);
  const ChannelConfig& stage = config->live.channel[0];
  EXPECT_EQ(stage.name, "stage");
  EXPECT_EQ(stage.key, "a-long-secret");
  EXPECT_EQ(stage.bitrate_max_bps, 20'000'000U);
  EXPECT_EQ(stage.height_max, 1080U);
  EXPECT_TRUE(stage.expires.has_value());
  EXPECT_FALSE(config->live.channel[1].expires.has_value());
  EXPECT_EQ(config->live.rtmp_listen.size(), 1U);
}

TEST(LiveConfig, NeverShowsAKey) {
  for (const std::string_view table :
       {R"(name = "a", key = "s3cret")", R"(name = "a", key = "has a space")",
        R"(name = "", key = "long-s3cret")"}) {
    const std::string why = complaint("live.channel = [{" + std::string(table) + "}]");
    EXPECT_EQ(why.find("s3cret"), why.npos) << why;
    EXPECT_EQ(why.find("space"), why.npos) << why;
  }
  const std::string twice = complaint(
      R"(live.channel = [{name = "a", key = "s3cret-1"}, {name = "b", key = "s3cret-1"}])");
  EXPECT_NE(twice.find("live.channel[1].key"), twice.npos) << twice;
  EXPECT_EQ(twice.find("s3cret"), twice.npos) << twice;
}

TEST(LiveConfig, RefusesWhatNoPlaylistCanSay) {
  EXPECT_NE(complaint(R"(live.segment_duration = "2500ms")").find("whole seconds"),
            std::string::npos);
  EXPECT_NE(complaint(R"(live = {segment_duration = "6s", window = "12s"})").find("three times"),
            std::string::npos);
  EXPECT_NE(complaint(R"(live.channel = [{name = "a/b", key = "12345678"}])").find(".name"),
            std::string::npos);
  EXPECT_NE(complaint(R"(live.channel = [{name = "a", key = "12345678", expires = "soon"}])")
                .find(".expires"),
            std::string::npos);
}

}  // namespace
}  // namespace millrace::core
