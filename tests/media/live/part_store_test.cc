#include "media/live/part_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/hash.h"

namespace millrace::media::live {
namespace {

class PartStoreTest : public ::testing::Test {
 protected:
  core::PageSource pages_ = std::move(*core::PageSource::probe({}));
};

TEST_F(PartStoreTest, KeepsPartsOneBehindTheOther) {
  PartStore store(pages_, 1000);
  auto segment = store.open(100);
  ASSERT_TRUE(segment);
  EXPECT_EQ(segment->append(core::bytes_of("first")).value(), 0);
  EXPECT_EQ(segment->append(core::bytes_of("second")).value(), 5);
  std::string read(11, ' ');
  EXPECT_EQ(::pread(segment->file()->fd(), read.data(), 11, 0), 11);
  EXPECT_EQ(read, "firstsecond");
  EXPECT_EQ(store.bytes_used(), 11);
}

TEST_F(PartStoreTest, RefusesWhatItsBudgetHasNoRoomFor) {
  PartStore store(pages_, 8);
  auto segment = store.open(100);
  ASSERT_TRUE(segment);
  ASSERT_TRUE(segment->append(core::bytes_of("first")));
  const auto refused = segment->append(core::bytes_of("second"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::kNoSpace);
  EXPECT_EQ(store.bytes_used(), 5);
  EXPECT_TRUE(segment->append(core::bytes_of("abc")));
}

TEST_F(PartStoreTest, CountsBytesUntilTheLastViewerHasLetGo) {
  PartStore store(pages_, 1000);
  std::shared_ptr<const http::OpenFile> viewed;
  {
    auto segment = store.open(100);
    ASSERT_TRUE(segment->append(core::bytes_of("first")));
    viewed = segment->file();
    segment->seal();
  }
  EXPECT_EQ(store.bytes_used(), 5);
  std::string read(5, ' ');
  EXPECT_EQ(::pread(viewed->fd(), read.data(), 5, 0), 5);
  EXPECT_EQ(read, "first");
  viewed.reset();
  EXPECT_EQ(store.bytes_used(), 0);
}

}  // namespace
}  // namespace millrace::media::live
