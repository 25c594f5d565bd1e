#include "core/random_id.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace::core {
namespace {

TEST(RandomId, IsDifferentEveryTimeAndSafeInAPath) {
  std::set<std::string> ids;
  for (int i = 0; i < 2000; ++i) {
    const std::string id = random_id();
    EXPECT_TRUE(is_random_id(id)) << id;
    EXPECT_TRUE(ids.insert(id).second) << id;
  }
}

TEST(RandomId, KnowsItsOwnForm) {
  EXPECT_TRUE(is_random_id("dQw4w9WgXcQ"));
  EXPECT_TRUE(is_random_id("a-_________"));
  for (const std::string_view text : {"", "dQw4w9WgXc", "dQw4w9WgXcQQ", "-Qw4w9WgXcQ",
                                      "../../../..", "dQw4w9WgX/Q", "dQw4w9WgX.Q", "dQw4w9WgX Q"}) {
    EXPECT_FALSE(is_random_id(text)) << text;
  }
}

}  // namespace
}  // namespace millrace::core
