#include "http/url.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::http {
namespace {

TEST(PercentEncoding, SurvivesARoundTripOfEveryByte) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
  const std::string encoded = percent_encode(every);
  EXPECT_EQ(encoded.find_first_of(" /?#&=+%\\\"<>", 0), encoded.find('%'));
  EXPECT_EQ(percent_decode(encoded), every);
}

TEST(PercentEncoding, RefusesEscapesThatAreCutShortOrNotHex) {
  for (const std::string_view bad : {"%", "%4", "a%", "a%2", "%g0", "%0g", "%%41", "%-1"}) {
    EXPECT_FALSE(percent_decode(bad)) << bad;
  }
  EXPECT_EQ(percent_decode("%41%7e%2B"), "A~+");
}

TEST(DecodePath, DecodesOnceAndKeepsCase) {
  EXPECT_EQ(decode_path("/"), "/");
  EXPECT_EQ(decode_path("/Video%20Stream/a%2Bb+c"), "/Video Stream/a+b+c");
  EXPECT_EQ(decode_path("/%2541"), "/%41");
  EXPECT_EQ(decode_path("/a//b/"), "/a//b/");
  EXPECT_EQ(decode_path("/.../..a/a..m4s"), "/.../..a/a..m4s");
  EXPECT_EQ(decode_path("/f%C3%BCr"), "/für");
}

TEST(DecodePath, RefusesWhatCouldLeaveItsFolder) {
  for (const std::string_view bad :
       {"",          "a",       "..",   "/..",    "/../etc",         "/a/../b",   "/a/..", "/./a",
        "/%2e%2e/a", "/.%2E/a", "/%2e", "/a%2fb", "/a%2Fb",          "/a%5cb",    "/a\\b", "/a%00",
        "/a%0d%0a",  "/%7f",    "/a%",  "/%ff",   "/%c0%ae%c0%ae/a", "/%ed%a0%80"}) {
    EXPECT_FALSE(decode_path(bad)) << bad;
  }
}

TEST(SplitTarget, KnowsTheFormsOfATarget) {
  const auto origin = split_target("/a/b?c=d?e");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->path, "/a/b");
  EXPECT_EQ(origin->query, "c=d?e");
  EXPECT_EQ(origin->authority, "");

  const auto absolute = split_target("HTTP://example.com:80/a?b");
  ASSERT_TRUE(absolute);
  EXPECT_EQ(absolute->authority, "example.com:80");
  EXPECT_EQ(absolute->path, "/a");
  EXPECT_EQ(absolute->query, "b");

  const auto bare = split_target("https://example.com?b");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->path, "/");
  EXPECT_EQ(bare->query, "b");

  EXPECT_EQ(split_target("*")->path, "*");
  for (const std::string_view bad :
       {"", "example.com:443", "ftp://a/b", "http://", "http:///a", "http://u@h/", "/a#b", "a/b"}) {
    EXPECT_FALSE(split_target(bad)) << bad;
  }
}

}  // namespace
}  // namespace millrace::http
