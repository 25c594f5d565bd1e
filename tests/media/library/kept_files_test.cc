#include "media/library/kept_files.h"

#include <gtest/gtest.h>

namespace millrace::media::library {
namespace {

using Paths = std::vector<std::string>;

TEST(KeptFiles, LetTheOldestGoOverTheLimit) {
  KeptFiles kept(100);
  EXPECT_EQ(kept.add({.path = "a", .video_id = "v1", .size = 40}), Paths{});
  EXPECT_EQ(kept.add({.path = "b", .video_id = "v2", .size = 40}), Paths{});
  EXPECT_EQ(kept.add({.path = "c", .video_id = "v1", .size = 90}), (Paths{"a", "b"}));
  EXPECT_EQ(kept.bytes(), 90U);
}

TEST(KeptFiles, KeepTheNewestHoweverLargeItIs) {
  KeptFiles kept(100);
  EXPECT_EQ(kept.add({.path = "a", .video_id = "v1", .size = 500}), Paths{});
  EXPECT_EQ(kept.bytes(), 500U);
}

TEST(KeptFiles, CountAFileThatIsMadeOnceMoreOnce) {
  KeptFiles kept(100);
  static_cast<void>(kept.add({.path = "a", .video_id = "v1", .size = 40}));
  static_cast<void>(kept.add({.path = "b", .video_id = "v1", .size = 20}));
  EXPECT_EQ(kept.add({.path = "a", .video_id = "v1", .size = 45}), Paths{});
  EXPECT_EQ(kept.bytes(), 65U);
  EXPECT_EQ(kept.add({.path = "c", .video_id = "v1", .size = 40}), Paths{"b"})
      << "a is younger now";
}

TEST(KeptFiles, CountNoneOfARemovedVideo) {
  KeptFiles kept(100);
  static_cast<void>(kept.add({.path = "a", .video_id = "v1", .size = 40}));
  static_cast<void>(kept.add({.path = "b", .video_id = "v2", .size = 20}));
  static_cast<void>(kept.add({.path = "c", .video_id = "v1", .size = 10}));
  kept.forget("v1");
  EXPECT_EQ(kept.bytes(), 20U);
  EXPECT_EQ(kept.add({.path = "a", .video_id = "v1", .size = 80}), Paths{});
}

}  // namespace
}  // namespace millrace::media::library
