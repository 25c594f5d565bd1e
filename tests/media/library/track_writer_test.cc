#include "media/library/track_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/media/library/stored_video.h"

namespace millrace::media::library {
namespace {

class TrackWriterTest : public ::testing::Test {
 protected:
  TrackWriterTest() {
    std::filesystem::create_directories(store_.paths().processed_folder("v1"));
    writer_ = create();
  }

  std::unique_ptr<TrackWriter> create() {
    auto writer =
        core_->block_on(TrackWriter::create(core_->ring(), {.path = path_,
                                                            .quality = "180p",
                                                            .format = test::h264_180p(),
                                                            .fragment_count_expected = 5,
                                                            .declared_average_bps = 100'000,
                                                            .declared_peak_bps = 150'000}));
    EXPECT_TRUE(writer) << writer.error().what;
    return std::move(*writer);
  }

  /// The bytes of fragment `i` of small_video().
  std::span<const std::byte> fragment_bytes(size_t i) const {
    const track::TrackEntry& entry = source_.index[i];
    return std::span(source_.bytes).subspan(entry.offset, entry.size);
  }
  core::Result<> append(size_t i) {
    const auto fragment = fmp4::parse_fragment(fragment_bytes(i));
    return core_->block_on(writer_->append(*fragment, fragment_bytes(i)));
  }
  std::string bytes_of(const StoredRendition& stored, size_t i) const {
    const track::TrackEntry& entry = stored.rendition.index[i];
    std::string bytes(entry.size, '\0');
    const ssize_t got =
        ::pread(stored.file->fd(), bytes.data(), bytes.size(), static_cast<off_t>(entry.offset));
    return got == static_cast<ssize_t>(bytes.size()) ? bytes : "short read";
  }
  std::string text_of(std::span<const std::byte> bytes) const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  core::Result<StoredRendition> open(const std::string& path) {
    return core_->block_on(open_track(core_->ring(), path, "180p"));
  }

  core::SimulatedClock clock_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  const test::Store store_;
  const std::string path_ = store_.paths().track("v1", "180p");
  const test::TrackFile source_ = test::small_video();
  std::unique_ptr<TrackWriter> writer_;
};

TEST_F(TrackWriterTest, HandsOutARenditionWhoseEveryByteIsThere) {
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(append(i));
    const StoredRendition grown = writer_->rendition();
    ASSERT_EQ(grown.rendition.index.size(), i + 1);
    EXPECT_FALSE(grown.rendition.index.finished());
    EXPECT_EQ(bytes_of(grown, i), text_of(fragment_bytes(i)));
  }
  EXPECT_EQ(writer_->rendition().rendition.declared_peak_bps, 150'000U);
  EXPECT_EQ(writer_->rendition().rendition.declared_average_bps, 100'000U);
}

TEST_F(TrackWriterTest, WritesAFileThatTheLoaderReadsTheSame) {
  for (size_t i = 0; i < 5; ++i) ASSERT_TRUE(append(i));
  const StoredRendition growing = writer_->rendition();
  ASSERT_TRUE(core_->block_on(writer_->finish()));
  EXPECT_FALSE(std::filesystem::exists(path_)) << "it has no name before it is validated";
  ASSERT_TRUE(core_->block_on(writer_->publish()));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
  EXPECT_EQ(std::filesystem::file_size(path_), writer_->file_size());

  const auto opened = open(path_);
  ASSERT_TRUE(opened) << opened.error().what;
  const track::TrackIndex& index = opened->rendition.index;
  EXPECT_TRUE(index.finished());
  ASSERT_EQ(index.size(), 5U);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(index[i], growing.rendition.index[i]) << "no segment moves when a track is finished";
    EXPECT_EQ(bytes_of(*opened, i), text_of(fragment_bytes(i)));
    EXPECT_EQ(bytes_of(growing, i), text_of(fragment_bytes(i))) << "who watched it goes on";
  }
  EXPECT_EQ(opened->file->size(), writer_->file_size());
}

TEST_F(TrackWriterTest, LeavesAPartThatNobodyTakesForATrackWhenItEndsBefore) {
  for (size_t i = 0; i < 3; ++i) ASSERT_TRUE(append(i));
  writer_.reset();  // As after a crash.
  EXPECT_FALSE(std::filesystem::exists(path_));
  const auto opened = open(path_ + ".part");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, core::ErrorCode::kUnsupported);
}

TEST_F(TrackWriterTest, RefusesAFragmentThatDoesNotContinueTheTrack) {
  ASSERT_TRUE(append(0));
  const core::Result<> refused = append(2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::kMalformed);
  EXPECT_EQ(writer_->rendition().rendition.index.size(), 1U);
  EXPECT_TRUE(append(1));
}

TEST_F(TrackWriterTest, DoesNotFinishATrackWithoutAFragment) {
  EXPECT_FALSE(core_->block_on(writer_->finish()));
}

TEST_F(TrackWriterTest, BeginsAnewOverThePartOfAnEarlierAttempt) {
  for (size_t i = 0; i < 5; ++i) ASSERT_TRUE(append(i));
  writer_ = create();
  ASSERT_TRUE(append(0));
  ASSERT_TRUE(core_->block_on(writer_->finish()));
  ASSERT_TRUE(core_->block_on(writer_->publish()));
  const auto opened = open(path_);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->rendition.index.size(), 1U);
}

TEST_F(TrackWriterTest, SaysWhenItCannotWriteWhereItShould) {
  auto nowhere = core_->block_on(TrackWriter::create(
      core_->ring(), {.path = store_.paths().track("gone", "180p"), .format = test::h264_180p()}));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, core::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace millrace::media::library
