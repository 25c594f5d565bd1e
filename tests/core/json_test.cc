#include "core/json.h"

#include <gtest/gtest.h>

namespace millrace::core {
namespace {

ErrorCode error_of(std::string_view text, const JsonLimits& limits = {}) {
  const auto value = parse_json(text, limits);
  EXPECT_FALSE(value.has_value()) << text;
  return value ? ErrorCode::kInternal : value.error().code;
}

TEST(ParseJson, GivesEachMemberItsType) {
  const auto video = parse_json(
      R"( {"title":"A \"b\" \u00e9","tags":["x"],"size":18446744073709551615,"offset":-3,)"
      R"("rate":29.97,"ready":true,"failure":null} )");
  ASSERT_TRUE(video.has_value());
  EXPECT_EQ(video->find("title")->as_string(), "A \"b\" é");
  ASSERT_NE(video->find("tags")->as_array(), nullptr);
  EXPECT_EQ(video->find("tags")->as_array()->at(0).as_string(), "x");
  EXPECT_EQ(video->find("size")->as_uint(), 18446744073709551615U);
  EXPECT_EQ(video->find("offset")->as_int(), -3);
  EXPECT_EQ(video->find("rate")->as_double(), 29.97);
  EXPECT_EQ(video->find("ready")->as_bool(), true);
  EXPECT_TRUE(video->find("failure")->is_null());
  EXPECT_EQ(video->find("absent"), nullptr);
}

TEST(ParseJson, ConvertsNoTypeIntoAnother) {
  const auto value = parse_json(R"(["1", 1, 1.0, -1])");
  ASSERT_TRUE(value.has_value());
  const JsonValue::Array& array = *value->as_array();
  EXPECT_FALSE(array[0].as_int().has_value());
  EXPECT_FALSE(array[1].as_string().has_value());
  EXPECT_FALSE(array[1].as_bool().has_value());
  EXPECT_FALSE(array[2].as_int().has_value());
  EXPECT_FALSE(array[3].as_uint().has_value());
  EXPECT_EQ(array[3].as_double(), -1.0);
  EXPECT_EQ(array[0].find("x"), nullptr);
}

TEST(ParseJson, RefusesWhatIsNotOneWholeValue) {
  for (const std::string_view text :
       {"", " ", "{", "{}}", "{} {}", "[1,]", "{\"a\"}", "{a:1}", "'a'", "\"\xFF\"", "\"a\nb\"",
        "nul", "01", "1e", "NaN", "\"\\ud800\"", "[1] // c"}) {
    EXPECT_EQ(error_of(text), ErrorCode::kMalformed) << text;
  }
}

TEST(ParseJson, RefusesAMemberNamedTwice) {
  EXPECT_EQ(error_of(R"({"a":1,"b":{"c":1,"c":2}})"), ErrorCode::kMalformed);
}

TEST(ParseJson, ObeysItsLimits) {
  EXPECT_TRUE(parse_json("[[1]]", {.depth_max = 2}).has_value());
  EXPECT_EQ(error_of("[[[1]]]", {.depth_max = 2}), ErrorCode::kTooLarge);
  EXPECT_TRUE(parse_json("[1,2]", {.value_count_max = 3}).has_value());
  EXPECT_EQ(error_of("[1,2,3]", {.value_count_max = 3}), ErrorCode::kTooLarge);
  EXPECT_TRUE(parse_json("12345", {.size_max = 5}).has_value());
  EXPECT_EQ(error_of("123456", {.size_max = 5}), ErrorCode::kTooLarge);
}

TEST(ParseJson, SurvivesDeepNestingWithoutStack) {
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  EXPECT_EQ(error_of(deep), ErrorCode::kTooLarge);
}

TEST(JsonValue, IsAPlainValue) {
  JsonValue copy;
  {
    const auto original = parse_json(R"({"a":["long enough to live on the heap, not inline"]})");
    copy = *original;
  }
  EXPECT_EQ(copy.find("a")->as_array()->at(0).as_string(),
            "long enough to live on the heap, not inline");
}

}  // namespace
}  // namespace millrace::core
