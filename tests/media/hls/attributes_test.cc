#include "media/hls/attributes.h"

#include <gtest/gtest.h>

namespace millrace::media::hls {
namespace {

using namespace std::chrono_literals;

std::string error_of(std::string_view text) {
  const auto parsed = Attributes::parse(text, 8);
  return parsed ? "" : parsed.error();
}

TEST(Attributes, KeepOrderFormAndWhateverIsInQuotes) {
  const auto parsed =
      Attributes::parse(R"(BANDWIDTH=1280000,CODECS="avc1.64,mp4a=1",X-A-1=0xAf)", 8);
  ASSERT_TRUE(parsed) << parsed.error();
  ASSERT_EQ(parsed->size(), 3U);
  EXPECT_EQ(parsed->find("BANDWIDTH")->value, "1280000");
  EXPECT_EQ(parsed->find("BANDWIDTH")->form, Attribute::Form::kPlain);
  EXPECT_EQ(parsed->find("CODECS")->value, "avc1.64,mp4a=1");
  EXPECT_EQ(parsed->find("CODECS")->form, Attribute::Form::kQuoted);
  EXPECT_EQ(parsed->find("X-A-1")->value, "0xAf");
  EXPECT_EQ(parsed->find("bandwidth"), nullptr);
  EXPECT_EQ(Attributes::parse(R"(A="")", 8)->find("A")->value, "");
}

TEST(Attributes, SayWhatIsWrong) {
  EXPECT_EQ(error_of(""), "\"\" is no attribute name");
  EXPECT_EQ(error_of("A"), "A has no value");
  EXPECT_EQ(error_of("a=1"), "\"a\" is no attribute name");
  EXPECT_EQ(error_of("A=1, B=2"), "\" B\" is no attribute name");
  EXPECT_EQ(error_of("A=1,"), "\"\" is no attribute name");
  EXPECT_EQ(error_of("A=,B=1"), "A is neither in quotes nor free of blanks and quotes");
  EXPECT_EQ(error_of("A=1 2"), "A is neither in quotes nor free of blanks and quotes");
  EXPECT_EQ(error_of("A=1\"2\""), "A is neither in quotes nor free of blanks and quotes");
  EXPECT_EQ(error_of("A=\"1"), "A has no closing quote");
  EXPECT_EQ(error_of("A=\"1\"B=2"), "no comma after the value of A");
  EXPECT_EQ(error_of("A=1,A=2"), "A appears twice");
  EXPECT_EQ(error_of("A=1,B=1,C=1,D=1,E=1,F=1,G=1,H=1,I=1"), "too many attributes");
}

TEST(DecimalInteger, IsDigitsBelow2To64) {
  EXPECT_EQ(parse_decimal_integer("0"), 0U);
  EXPECT_EQ(parse_decimal_integer("007"), 7U);
  EXPECT_EQ(parse_decimal_integer("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "18446744073709551616", "-1", "+1", "1.0", " 1", "1 ", "0x1",
                           "000000000000000000001"}) {
    EXPECT_EQ(parse_decimal_integer(text), std::nullopt) << text;
  }
}

TEST(DecimalFloat, IsReadExactlyToTheNanosecond) {
  EXPECT_EQ(parse_decimal_float("6"), 6s);
  EXPECT_EQ(parse_decimal_float("6."), 6s);
  EXPECT_EQ(parse_decimal_float(".5"), 500ms);
  EXPECT_EQ(parse_decimal_float("0.33334"), 333'340us);
  EXPECT_EQ(parse_decimal_float("9.97667"), 9'976'670us);
  EXPECT_EQ(parse_decimal_float("0.3333333333333333"), 333'333'333ns);
  for (const char* text : {"", ".", "-1", "1e3", "1.2.3", "1,5", "inf", "8589934592"}) {
    EXPECT_EQ(parse_decimal_float(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_signed_float("-12.5"), -12'500ms);
  EXPECT_EQ(parse_signed_float("--1"), std::nullopt);
}

TEST(Resolution, IsTwoSizes) {
  const auto hd = parse_resolution("1280x720");
  ASSERT_TRUE(hd);
  EXPECT_EQ(hd->width, 1280U);
  EXPECT_EQ(hd->height, 720U);
  for (const char* text :
       {"", "1280", "1280X720", "x720", "1280x", "0x720", "1x2x3", "1x4294967296"}) {
    EXPECT_FALSE(parse_resolution(text)) << text;
  }
}

TEST(HexadecimalSequence, BeginsWith0x) {
  EXPECT_TRUE(is_hexadecimal_sequence("0xFC30"));
  EXPECT_TRUE(is_hexadecimal_sequence("0Xa"));
  for (const char* text : {"", "0x", "FC", "0xG", "0x1 "}) {
    EXPECT_FALSE(is_hexadecimal_sequence(text)) << text;
  }
}

}  // namespace
}  // namespace millrace::media::hls
