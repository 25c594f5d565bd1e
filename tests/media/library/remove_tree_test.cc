#include "media/library/remove_tree.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/core.h"
#include "tests/media/library/stored_video.h"

namespace millrace::media::library {
namespace {

class RemoveTree : public testing::Test {
 protected:
  core::Result<> remove(const std::string& folder) {
    return core_->block_on(remove_tree(control_, core_->ring(), folder));
  }

  core::SimulatedClock clock_;
  core::ControlThread control_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  const test::Store store_;
  const std::string root_ = store_.paths().root();
};

TEST_F(RemoveTree, RemovesFoldersInsideFolders) {
  for (const char* file : {"/v1/360p/0-2.ts", "/v1/360p/3-5.ts", "/v1/720p/0-2.ts", "/v1/index"}) {
    store_.add_file(root_ + file, "x");
  }
  std::filesystem::create_directory(root_ + "/v1/empty");
  store_.add_file(root_ + "/v2/360p/0-2.ts", "x");
  ASSERT_TRUE(remove(root_ + "/v1"));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/v1"));
  EXPECT_TRUE(std::filesystem::exists(root_ + "/v2/360p/0-2.ts"));
}

TEST_F(RemoveTree, TakesALinkAwayAndNotWhatItPointsAt) {
  store_.add_file(root_ + "/kept/film", "x");
  std::filesystem::create_directory(root_ + "/v1");
  std::filesystem::create_directory_symlink(root_ + "/kept", root_ + "/v1/link");
  ASSERT_TRUE(remove(root_ + "/v1"));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/v1"));
  EXPECT_TRUE(std::filesystem::exists(root_ + "/kept/film"));
}

TEST_F(RemoveTree, HasNothingToDoWhereNothingIs) { EXPECT_TRUE(remove(root_ + "/nowhere")); }

TEST_F(RemoveTree, SaysWhenItCannot) {
  store_.add_file(root_ + "/film", "x");
  const core::Result<> refused = remove(root_ + "/film");
  ASSERT_FALSE(refused) << "a file is no folder";
  EXPECT_EQ(refused.error().os_errno, ENOTDIR);
}

}  // namespace
}  // namespace millrace::media::library
