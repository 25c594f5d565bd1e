#include "http/conditionals.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::http {
namespace {

using enum Verdict;

// Sun, 06 Nov 1994 08:49:37 GMT and half a second, which no field can express.
const auto kModified =
    std::chrono::system_clock::time_point(std::chrono::milliseconds(784'111'777'500));
constexpr std::string_view kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

struct Case {
  Verdict expected;
  Conditions conditions;
  Method method = Method::kGet;
  std::string_view etag = "\"a\"";
};

TEST(Conditionals, FollowTheTableOfPrecedence) {  // HT-03
  const std::vector<Case> cases = {
      {kProceed, {}},
      // If-None-Match compares weakly.
      {kNotModified, {.if_none_match = "\"a\""}},
      {kNotModified, {.if_none_match = "W/\"a\""}},
      {kNotModified, {.if_none_match = "\"a\""}, Method::kGet, "W/\"a\""},
      {kNotModified, {.if_none_match = "\"x\", \"a\""}},
      {kNotModified, {.if_none_match = "*"}},
      {kNotModified, {.if_none_match = "\"a\""}, Method::kHead},
      {kProceed, {.if_none_match = "\"b\""}},
      {kProceed, {.if_none_match = "a"}},
      {kProceed, {.if_none_match = "\"A\""}},
      {kProceed, {.if_none_match = "\"a\""}, Method::kGet, ""},
      {kPreconditionFailed, {.if_none_match = "\"a\""}, Method::kPut},
      {kPreconditionFailed, {.if_none_match = "*"}, Method::kPut},
      {kProceed, {.if_none_match = "\"b\""}, Method::kPut},
      // … and beats If-Modified-Since.
      {kProceed, {.if_none_match = "\"b\"", .if_modified_since = kSame}},
      {kNotModified, {.if_none_match = "\"a\"", .if_modified_since = kBefore}},
      // If-Modified-Since
      {kNotModified, {.if_modified_since = kSame}},
      {kNotModified, {.if_modified_since = kAfter}},
      {kProceed, {.if_modified_since = kBefore}},
      {kProceed, {.if_modified_since = "yesterday"}},
      {kProceed, {.if_modified_since = kSame}, Method::kPost},
      {kNotModified, {.if_modified_since = "Sunday, 06-Nov-94 08:49:37 GMT"}},
      {kNotModified, {.if_modified_since = "Sun Nov  6 08:49:37 1994"}},
      // If-Match compares strongly.
      {kProceed, {.if_match = "\"a\""}},
      {kProceed, {.if_match = "\"x\",\"a\""}},
      {kProceed, {.if_match = "*"}},
      {kPreconditionFailed, {.if_match = "\"b\""}},
      {kPreconditionFailed, {.if_match = "W/\"a\""}},
      {kPreconditionFailed, {.if_match = "\"a\""}, Method::kGet, "W/\"a\""},
      {kPreconditionFailed, {.if_match = "\"a\""}, Method::kGet, ""},
      {kPreconditionFailed, {.if_match = "\"b\""}, Method::kDelete},
      // … beats If-Unmodified-Since, and comes before If-None-Match.
      {kProceed, {.if_match = "\"a\"", .if_unmodified_since = kBefore}},
      {kPreconditionFailed, {.if_match = "\"b\"", .if_none_match = "\"a\""}},
      {kNotModified, {.if_match = "\"a\"", .if_none_match = "\"a\""}},
      // If-Unmodified-Since
      {kProceed, {.if_unmodified_since = kSame}},
      {kProceed, {.if_unmodified_since = kAfter}},
      {kPreconditionFailed, {.if_unmodified_since = kBefore}},
      {kPreconditionFailed, {.if_unmodified_since = kBefore}, Method::kPatch},
      {kProceed, {.if_unmodified_since = "soon"}},
      {kPreconditionFailed, {.if_none_match = "\"a\"", .if_unmodified_since = kBefore}},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    const Validators validators{.etag = cases[i].etag, .last_modified = kModified};
    EXPECT_EQ(evaluate(cases[i].method, cases[i].conditions, validators), cases[i].expected)
        << "case " << i;
  }
  EXPECT_GE(cases.size(), 40U);
}

TEST(Conditionals, HaveNoOpinionOnDatesOfWhatHasNone) {
  const Validators dateless{.etag = "\"a\"", .last_modified = {}};
  EXPECT_EQ(evaluate(Method::kGet, {.if_modified_since = kSame}, dateless), kProceed);
  EXPECT_EQ(evaluate(Method::kGet, {.if_unmodified_since = kBefore}, dateless), kProceed);
}

TEST(RangeApplies, OnlyToExactlyTheVersionNamed) {  // HT-03
  const Validators strong{.etag = "\"a\"", .last_modified = kModified};
  const Validators weak{.etag = "W/\"a\"", .last_modified = {}};
  EXPECT_TRUE(range_applies("", strong));
  EXPECT_TRUE(range_applies("\"a\"", strong));
  EXPECT_FALSE(range_applies("\"b\"", strong));
  EXPECT_FALSE(range_applies("W/\"a\"", strong));
  EXPECT_FALSE(range_applies("W/\"a\"", weak));
  EXPECT_FALSE(range_applies("\"a\"", weak));
  EXPECT_TRUE(range_applies(kSame, strong));
  EXPECT_FALSE(range_applies(kAfter, strong)) << "a later date is not the date";
  EXPECT_FALSE(range_applies(kSame, weak));
  EXPECT_FALSE(range_applies("*", strong));
}

}  // namespace
}  // namespace millrace::http
