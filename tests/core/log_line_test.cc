#include "core/log_line.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <limits>

#include "core/json.h"
#include "core/limits.h"
#include "core/utf8.h"

namespace millrace::core::log {
namespace {

std::string line_of(LogFormat format, Fields fields) {
  std::string line = "what was there before";
  format_line(line, format,
              {.time = std::chrono::system_clock::time_point(std::chrono::seconds(1767225600)),
               .level = Level::kWarning, .name = "live.part_late"},
              fields);
  return line;
}

TEST(FormatLine, WritesFieldsAsKeyAndValue) {
  EXPECT_EQ(line_of(LogFormat::kText,
                    {{"stream", "cam1"}, {"late_ms", 140}, {"share", 0.5}, {"live", true},
                     {"size", std::numeric_limits<uint64_t>::max()}}),
            "2026-01-01T00:00:00.000Z warning live.part_late stream=cam1 late_ms=140 share=0.5 "
            "live=true size=18446744073709551615\n");
}

TEST(FormatLine, WritesJsonObjects) {
  EXPECT_EQ(line_of(LogFormat::kJson, {{"stream", "cam 1"}, {"late_ms", -140}, {"live", false}}),
            R"({"time":"2026-01-01T00:00:00.000Z","level":"warning","event":"live.part_late",)"
            R"("stream":"cam 1","late_ms":-140,"live":false})"
            "\n");
}

TEST(FormatLine, QuotesValuesThatWouldReadAsSomethingElse) {
  EXPECT_EQ(line_of(LogFormat::kText,
                    {{"a", ""}, {"b", "x y"}, {"c", "x=y"}, {"d", "1\n2026 info forged"},
                     {"e", "\xFF"}, {"f", "é"}}),
            "2026-01-01T00:00:00.000Z warning live.part_late a=\"\" b=\"x y\" c=\"x=y\" "
            "d=\"1\\n2026 info forged\" e=\"\uFFFD\" f=é\n");
}

TEST(FormatLine, SaysWhatFailedAndWhy) {
  const Error full = os_failure(ENOSPC, "write the track").error();
  const Error bad = fail(ErrorCode::kMalformed, "trun").error();
  EXPECT_EQ(line_of(LogFormat::kText, {{"error", full}, {"other", bad}}),
            "2026-01-01T00:00:00.000Z warning live.part_late "
            "error=\"write the track: No space left on device\" other=\"trun: malformed\"\n");
}

TEST(FormatLine, WritesNoSecrets) {  // TK-05
  const std::string line =
      line_of(LogFormat::kText, {{"token", "abc"}, {"Authorization", "Bearer abc"},
                                 {"target", "/a.m3u8?token=abc&b=1"}, {"stream_key", 123}});
  EXPECT_EQ(line.find("abc"), std::string::npos) << line;
  EXPECT_EQ(line.find("123"), std::string::npos) << line;
  EXPECT_NE(line.find("/a.m3u8?token=***&b=1"), std::string::npos) << line;
}

TEST(FormatLine, StaysOneValidLineHoweverLongTheFieldsAre) {
  const std::string controls(1000, '\x01');  // Six characters each, once escaped.
  const std::string wide = "a" + std::string(999, '\xC3');
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const std::string line =
        line_of(format, {{"a", controls}, {"b", wide}, {"c", controls}, {"last", 7}});
    EXPECT_LE(line.size(), kLogLineSizeMax);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_NE(line.find("truncated"), std::string::npos);
    EXPECT_NE(line.find("last"), std::string::npos) << "a field that fits was left out";
    EXPECT_TRUE(is_utf8(line));
    if (format == LogFormat::kJson) {
      EXPECT_TRUE(parse_json(line).has_value()) << line;
    }
  }
}

}  // namespace
}  // namespace millrace::core::log
