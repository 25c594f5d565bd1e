#include "http/query.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(Query, DecodesNamesAndValues) {
  const auto query = Query::parse("v=a%26b&search=two+words%2B&empty=&flag&&v=second");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->find("v"), "a&b");
  EXPECT_EQ(query->find("search"), "two words+");
  EXPECT_EQ(query->find("empty"), "");
  EXPECT_EQ(query->find("flag"), "");
  EXPECT_EQ(query->find("absent"), std::nullopt);
  EXPECT_EQ(query->count(), 5U);
}

TEST(Query, RefusesBadEscapesAndControlCharacters) {
  for (const std::string_view bad :
       {"a=%", "a=%4", "%zz=1", "a=%00", "a=x%0Ay", "a%0d=1", "a=%7F"}) {
    const auto query = Query::parse(bad);
    ASSERT_FALSE(query) << bad;
    EXPECT_EQ(query.error().code, core::ErrorCode::kMalformed);
  }
}

TEST(Query, HoldsAtMostSixtyFourParameters) {
  std::string text;
  for (size_t i = 0; i < Query::kParametersMax; ++i) text += "a=1&";
  EXPECT_TRUE(Query::parse(text));
  const auto over = Query::parse(text + "a=1");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, core::ErrorCode::kTooLarge);
}

TEST(Query, TellsAnAbsentNumberFromABadOne) {
  const auto query = Query::parse("page=3&size=x&big=101&neg=-1").value();
  EXPECT_EQ(query.find_uint("page").value(), 3U);
  EXPECT_EQ(query.find_uint("absent").value(), std::nullopt);
  EXPECT_FALSE(query.find_uint("size"));
  EXPECT_FALSE(query.find_uint("neg"));
  EXPECT_FALSE(query.find_uint("big", {.min = 1, .max = 100}));
  EXPECT_EQ(query.find_uint("big", {.min = 1, .max = 101}).value(), 101U);
}

}  // namespace
}  // namespace millrace::http
