#include "media/flv/amf0.h"

#include <gtest/gtest.h>

#include "tests/media/real_tools.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using test::from_hex;
using test::to_hex;

std::string hex_of(const AmfValue& value) {
  std::vector<std::byte> out;
  append_amf0(out, value);
  return to_hex(out);
}

std::optional<ErrorCode> error_of(std::string_view hex, const AmfLimits& limits = {}) {
  const auto values = read_amf0(from_hex(hex), limits);
  return values ? std::nullopt : std::optional(values.error().code);
}

TEST(Amf0, WritesWhatTheSpecificationDraws) {
  EXPECT_EQ(hex_of(AmfValue::of(1.0)), "003ff0000000000000");
  EXPECT_EQ(hex_of(AmfValue::of("ab")), "0200026162");
  EXPECT_EQ(hex_of({}), "05");
  EXPECT_EQ(hex_of({.kind = AmfKind::kBoolean, .number = 1}), "0101");
  EXPECT_EQ(hex_of({.kind = AmfKind::kUndefined}), "06");
  EXPECT_EQ(hex_of(AmfValue::object({{"a", AmfValue::of("b")}})),
            "03000161020001620000"
            "09");
  EXPECT_EQ(hex_of(AmfValue::array({AmfValue::of("b")})), "0a0000000102000162");
}

TEST(Amf0, ReadsBackWhatItWrote) {
  const AmfValue value = AmfValue::object({
      {"number", AmfValue::of(-0.5)},
      {"truth", {.kind = AmfKind::kBoolean, .number = 1}},
      {"long", AmfValue::of(std::string(65'536, 'x'))},
      {"list", AmfValue::array({AmfValue::of("a"), {}, AmfValue::object({})})},
      {"date", {.kind = AmfKind::kDate, .number = 1e12}},
      {"nothing", {.kind = AmfKind::kUndefined}},
  });
  std::vector<std::byte> out;
  append_amf0(out, value);
  append_amf0(out, AmfValue::of(2.0));
  const auto values = read_amf0(out, {.size_max = 100'000});
  ASSERT_TRUE(values);
  ASSERT_EQ(values->size(), 2U);
  EXPECT_EQ(values->front(), value);
}

TEST(Amf0, ReadsArraysWithNamesAndTypedObjectsAsObjects) {
  const AmfValue expected = AmfValue::object({{"a", AmfValue::of("b")}});
  const auto ecma = read_amf0(from_hex("08 00000099 0001 61 02 0001 62 000009"));
  ASSERT_TRUE(ecma);
  EXPECT_EQ(ecma->front(), expected) << "the count is a guess of the writer";
  const auto typed = read_amf0(from_hex("10 0003 787878 0001 61 02 0001 62 000009"));
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->front(), expected);
}

TEST(Amf0, RefusesWhatIsCutOff) {
  for (const char* hex : {"00 3ff0", "02 0005 61", "03", "03 0001 61", "03 0001 61 05", "01",
                          "03 0000", "0a 00000002 05", "0b 00", "0c 00", "08 0000"}) {
    EXPECT_EQ(error_of(hex), ErrorCode::kMalformed) << hex;
  }
}

TEST(Amf0, RefusesWhatNoEncoderSends) {
  for (const char* hex : {"04", "07 0000", "0d", "0e", "0f 00000000", "11", "ff"}) {
    EXPECT_EQ(error_of(hex), ErrorCode::kUnsupported) << hex;
  }
}

TEST(Amf0, BoundsDepthCountAndSize) {
  std::string nested, flat = "0a 000f4240";
  for (int i = 0; i < 100; ++i) nested += "03 0001 61";
  for (int i = 0; i < 100; ++i) flat += "05";
  EXPECT_EQ(error_of(nested), ErrorCode::kTooLarge);
  EXPECT_EQ(error_of(flat, {.value_count_max = 50}), ErrorCode::kTooLarge);
  EXPECT_EQ(error_of(flat), ErrorCode::kMalformed) << "a million were promised";
  EXPECT_EQ(error_of("05 05 05", {.size_max = 2}), ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace millrace::media::flv
