#include "http/file_layout.h"

#include <gtest/gtest.h>

#include "http/body.h"

namespace millrace::http {
namespace {

/// Two hours of a film: two tracks, a fragment each two seconds, in turns. Fragment n has 1,000 + n
/// bytes.
class LongFilm : public ::testing::Test {
 protected:
  static constexpr uint64_t kFragments = 7'200;

  LongFilm() {
    auto layout = std::make_shared<FileLayout>(std::string(1 << 20, 'm'));
    for (uint64_t i = 0; i < kFragments; ++i) {
      layout->append(static_cast<uint32_t>(i % 2), 1'000'000 * i, 1'000 + i);
    }
    layout_ = std::move(layout);
  }
  LayoutPart whole() const {
    return {.layout = layout_, .files = files_, .first = 0, .size = layout_->size()};
  }
  /// Where a fragment begins in the laid out file.
  static uint64_t begin_of(uint64_t fragment) {
    return (1 << 20) + 1'000 * fragment + fragment * (fragment - 1) / 2;
  }

  core::Snapshot<FileLayout> layout_;
  std::vector<std::shared_ptr<const OpenFile>> files_{
      std::make_shared<OpenFile>(core::UniqueFd(), 0),
      std::make_shared<OpenFile>(core::UniqueFd(), 0)};
};

TEST_F(LongFilm, IsSharedByAllWhoReadAPartOfIt) {
  Body body = whole();
  const uint64_t first = begin_of(5'000) + 10;
  cut(body, first, 8'000);
  EXPECT_EQ(size_of(body), 8'000U);
  const auto& part = std::get<LayoutPart>(body);
  EXPECT_EQ(part.layout.get(), layout_.get()) << "not copied";
  EXPECT_EQ(part.head(), "");
  const auto slices = part.slices(0, 256);
  ASSERT_EQ(slices.size(), 2U) << "what the range needs and nothing else";
  EXPECT_EQ(slices[0].file, files_[0]);
  EXPECT_EQ(slices[0].offset, 1'000'000UL * 5'000 + 10);
  EXPECT_EQ(slices[0].size, 5'990U);
  EXPECT_EQ(slices[1].file, files_[1]);
  EXPECT_EQ(slices[1].offset, 1'000'000UL * 5'001);
  EXPECT_EQ(slices[1].size, 2'010U);
}

TEST_F(LongFilm, IsReadInTurnsFromBeginningToEnd) {
  const LayoutPart part = whole();
  EXPECT_EQ(part.head().size(), 1U << 20);
  uint64_t position = part.head().size();
  uint64_t fragment = 0;
  while (position < part.size) {
    const auto slices = part.slices(position, 256);
    ASSERT_FALSE(slices.empty());
    ASSERT_LE(slices.size(), 256U);
    for (const FileSlice& slice : slices) {
      ASSERT_EQ(position, begin_of(fragment));
      ASSERT_EQ(slice.offset, 1'000'000 * fragment);
      ASSERT_EQ(slice.size, 1'000 + fragment);
      position += slice.size;
      ++fragment;
    }
  }
  EXPECT_EQ(fragment, kFragments);
  EXPECT_TRUE(part.slices(position, 256).empty());
}

TEST_F(LongFilm, CutTwiceIsCutFromTheCut) {
  Body body = whole();
  cut(body, 1'000, 5'000'000);
  cut(body, (1 << 20) - 1'000 - 5, 10);
  const auto& part = std::get<LayoutPart>(body);
  EXPECT_EQ(part.head(), "mmmmm");
  const auto slices = part.slices(5, 256);
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0].offset, 0U);
  EXPECT_EQ(slices[0].size, 5U);
}

TEST_F(LongFilm, MayBeAskedForItsHeadAlone) {
  Body body = whole();
  cut(body, 10, 20);
  const auto& part = std::get<LayoutPart>(body);
  EXPECT_EQ(part.head().size(), 20U);
  EXPECT_TRUE(part.slices(20, 256).empty());
}

}  // namespace
}  // namespace millrace::http
