#include "media/library/track_loader.h"

#include <gtest/gtest.h>

#include "core/core.h"
#include "media/track/track_head.h"
#include "tests/media/tracks.h"

namespace millrace::media::library {
namespace {

class OpenTrack : public testing::Test {
 protected:
  core::Result<StoredRendition> open(const std::vector<std::byte>& bytes) {
    test::write_file(path_, bytes);
    return core_->block_on(open_track(core_->ring(), path_, "720p"));
  }

  core::SimulatedClock clock_;
  std::unique_ptr<core::Core> core_ = std::move(*core::Core::create({}, clock_));
  test::TemporaryFolder folder_;
  std::string path_ = folder_.file("720p.mp4");
};

TEST_F(OpenTrack, ReadsTheIndexOfAFinishedTrack) {
  const auto file = test::made_up_track(test::h264_180p(), 3, 2, 512);
  const auto opened = open(file.bytes);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->rendition.index.size(), 3u);
  EXPECT_EQ(opened->file->size(), file.bytes.size());
}

TEST_F(OpenTrack, ReadsAHeadThatIsLongerThanOneRead) {
  const auto file = test::made_up_track(test::h264_180p(), 6000, 1, 512);
  ASSERT_GT(file.index[0].offset, 2 * track::kHeadReadSize);
  const auto opened = open(file.bytes);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->rendition.index.size(), 6000u);
}

TEST_F(OpenTrack, ReadsEntriesFromBehindTheMedia) {
  test::TrackFileWriter writer(test::h264_180p(), /*expected_fragments=*/0);
  const fmp4::Sample sample{.duration = 512, .size = 9, .key = true};
  for (int i = 0; i < 100; ++i) writer.append(std::span(&sample, 1));
  const auto opened = open(writer.finish().bytes);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->rendition.index.size(), 100u);
}

TEST_F(OpenTrack, RefusesWhatIsNoFinishedTrack) {
  EXPECT_EQ(open({}).error().code, core::ErrorCode::kMalformed);
  EXPECT_EQ(open(test::from_hex("00000000")).error().code, core::ErrorCode::kMalformed);
  const test::TrackFileWriter growing(test::h264_180p());
  EXPECT_EQ(open(growing.bytes()).error().code, core::ErrorCode::kUnsupported);
  EXPECT_EQ(core_->block_on(open_track(core_->ring(), folder_.file("none"), "q")).error().code,
            core::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace millrace::media::library
