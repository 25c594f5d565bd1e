#include "core/utf8.h"

#include <gtest/gtest.h>

#include <array>

namespace millrace::core {
namespace {

TEST(Utf8, AcceptsTheFirstAndLastCodePointOfEachLength) {
  for (const std::string_view text :
       {"\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << testing::PrintToString(text);
    EXPECT_EQ(utf8_sequence_size(text), text.size());
    EXPECT_EQ(repair_utf8(text), text);
  }
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndCutSequences) {
  for (const std::string_view text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x82z"}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
    EXPECT_TRUE(is_utf8(repair_utf8(text)));
  }
}

TEST(Utf8, ReplacesEachByteThatIsPartOfNoSequence) {
  EXPECT_EQ(repair_utf8("a\xFFz\xE2\x82"), "a\uFFFDz\uFFFD\uFFFD");
}

TEST(Utf8, CallsControlCharactersUnprintable) {
  EXPECT_TRUE(is_printable_utf8("Müller – 映画 🎬"));
  for (const std::string_view text :
       {std::string_view("a\0b", 3), std::string_view("a\nb"), std::string_view("\x1B[31m"),
        std::string_view("\x7F"), std::string_view("\xC2\x85"), std::string_view("\xFF")}) {
    EXPECT_FALSE(is_printable_utf8(text)) << testing::PrintToString(text);
  }
  EXPECT_TRUE(is_printable_utf8("\xC2\xA0")) << "the first character after the C1 controls";
}

TEST(Utf8, TruncatesBetweenCharacters) {
  EXPECT_EQ(truncate_utf8("aé", 3), "aé");
  EXPECT_EQ(truncate_utf8("aé", 2), "a");
  EXPECT_EQ(truncate_utf8("🎬", 3), "");
  EXPECT_EQ(truncate_utf8("abc", 0), "");
}

TEST(Utf8, CountsCodePointsRatherThanBytes) { EXPECT_EQ(count_code_points("aé映🎬"), 4U); }

}  // namespace
}  // namespace millrace::core
