#include "http/token.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::http {
namespace {

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> taken;
  while (!list.empty()) {
    const std::string_view element = take_list_element(list);
    if (!element.empty()) taken.emplace_back(element);
  }
  return taken;
}

TEST(Token, ComparesLettersWithoutCaseAndNothingElse) {
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-tYPE"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));  // 0x40 and 0x60 differ by the case bit only.
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

TEST(Token, KnowsItsCharacters) {
  EXPECT_TRUE(is_token("X-Custom_1!"));
  for (const std::string_view bad : {"", "a b", "a:", "a\t", "\x7f", "\xc3\xa9", "a\"", "a/"}) {
    EXPECT_FALSE(is_token(bad)) << bad;
  }
}

TEST(Token, SplitsListsAtCommasOutsideQuotes) {
  EXPECT_EQ(elements("a, b ,, \"c, \\\" d\" ,e"),
            (std::vector<std::string>{"a", "b", "\"c, \\\" d\"", "e"}));
  EXPECT_EQ(elements(" , ,"), std::vector<std::string>{});
  EXPECT_EQ(elements("\"open, b"), std::vector<std::string>{"\"open, b"});
}

TEST(Token, ReadsDecimalsWithoutSignSpaceOrOverflow) {
  EXPECT_EQ(parse_decimal("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_decimal("007"), 7U);
  for (const std::string_view bad :
       {"", "+1", "-1", " 1", "1 ", "1,1", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(parse_decimal(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace millrace::http
