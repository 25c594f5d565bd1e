#include "tests/media/hls/playlist_linter.h"

#include <gtest/gtest.h>

namespace millrace::media::test {
namespace {

constexpr std::string_view kLegal =
    "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n"
    "#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6.000000,\n0-2.m4s\n#EXTINF:2.500000,\n3-4.m4s\n";

std::string with(std::string_view what, std::string_view instead) {
  std::string text(kLegal);
  text.replace(text.find(what), what.size(), instead);
  return text;
}

void expect_violation(const std::string& text, std::string_view rule) {
  const std::string violations = lint(text).violations_text();
  EXPECT_NE(violations.find(rule), std::string::npos) << rule << " not in:\n" << violations << text;
}

TEST(PlaylistLinter, AcceptsALegalPlaylistAndReadsIt) {
  const LintedPlaylist list = lint(kLegal);
  EXPECT_EQ(list.violations_text(), "");
  EXPECT_EQ(list.duration_us(), 8'500'000u);
  EXPECT_EQ(list.map_uri, "init.mp4");
  ASSERT_EQ(list.segments.size(), 2u);
  EXPECT_EQ(list.segments[1].uri, "3-4.m4s");
}

TEST(PlaylistLinter, NamesTheRuleThatIsBroken) {
  expect_violation(with("#EXTM3U\n", ""), "PL-01");
  expect_violation(with("0-2", "0\r2"), "PL-01");
  expect_violation(with("0-2", "\xFF"), "PL-01");
  expect_violation(with("\n0-2", "\n\n0-2"), "PL-01");
  expect_violation(with("#EXT-X-VERSION:6\n", "#EXT-X-VERSION:6\n#EXT-X-VERSION:6\n"), "PL-03");
  expect_violation(with("#EXT-X-VERSION:6", "#EXT-X-STREAM-INF:BANDWIDTH=1"), "PL-03");
  expect_violation(with("VERSION:6", "VERSION:7"), "PL-05");
  expect_violation(with("VERSION:6", "VERSION:5"), "PL-05");
  expect_violation(with("TARGETDURATION:6", "TARGETDURATION:5"), "PL-10");
  expect_violation(with("TARGETDURATION:6", "TARGETDURATION:0"), "PL-10");
  expect_violation(with("6.000000", "6.00"), "PL-12");
  expect_violation(with("6.000000", "6e0"), "PL-04");
  expect_violation(with("6.000000", "6,000000"), "PL-12");
  expect_violation(with("\"init.mp4\"", "init.mp4"), "PL-04");
  expect_violation(with("\"init.mp4\"", "\"\""), "PL-04");
  expect_violation(with("\"init.mp4\"", "\"a\",URI=\"b\""), "PL-03");
}

TEST(PlaylistLinter, SeesWhatAReloadMayNotChange) {
  const LintedPlaylist before = lint(kLegal);
  EXPECT_TRUE(
      lint_reload(before, lint(std::string(kLegal) + "#EXTINF:1.000000,\n5-5.m4s\n")).empty());
  EXPECT_FALSE(lint_reload(before, lint(with("TARGETDURATION:6", "TARGETDURATION:7"))).empty());
  EXPECT_FALSE(lint_reload(before, lint(with("3-4.m4s", "3-5.m4s"))).empty());
  EXPECT_FALSE(lint_reload(before, lint(with("2.500000", "2.400000"))).empty());
  EXPECT_FALSE(lint_reload(before, lint(with("#EXTINF:2.500000,\n3-4.m4s\n", ""))).empty());
}

}  // namespace
}  // namespace millrace::media::test
