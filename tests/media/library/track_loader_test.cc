#include "media/library/track_loader.h"

#include <gtest/gtest.h>

#include "core/core.h"
#include "media/track/track_head.h"
#include "tests/media/library/stored_video.h"

namespace millrace::media::library {
namespace {

using Tracks = core::Result<core::Snapshot<VideoTracks>>;

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

size_t open_fds() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(fds), end(fds)));
}

class TrackLoaderTest : public ::testing::Test {
 protected:
  core::Snapshot<catalogue::VideoRecord> add(const std::string& id) {
    store_.add_track(id, "180p", video_);
    store_.add_track(id, "audio-128k", audio_);
    return std::make_shared<const catalogue::VideoRecord>(test::ready_record(id));
  }
  Tracks load(const core::Snapshot<catalogue::VideoRecord>& video) {
    return core_->block_on(loader_.load(video, cancellation_));
  }

  core::SimulatedClock clock_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  const test::Store store_;
  const test::TrackFile video_ = test::small_video();
  const test::TrackFile audio_ = test::small_audio();
  TrackLoader loader_{core_->ring(), store_.paths()};
  core::Cancellation cancellation_;
};

TEST_F(TrackLoaderTest, OpensTheTracksOfAVideoAndLeavesOutWhatIsMadeOfThem) {
  const Tracks tracks = load(add("v1"));
  ASSERT_TRUE(tracks) << tracks.error().what;
  EXPECT_EQ((*tracks)->presentation().id, "v1");
  EXPECT_EQ((*tracks)->presentation().renditions.size(), 2U);
  EXPECT_TRUE((*tracks)->presentation().finished());
  const auto found = (*tracks)->find("180p");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rendition.index.size(), 5U);
  EXPECT_EQ(found->file->size(), video_.bytes.size());
  EXPECT_TRUE(found->file->etag().starts_with('"'));
  EXPECT_FALSE((*tracks)->find("1080p"));
}

TEST_F(TrackLoaderTest, ReadsAVideoOnce) {
  const auto video = add("v1");
  const Tracks first = load(video);
  std::filesystem::remove_all(store_.paths().processed_folder("v1"));
  const Tracks second = load(video);
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
}

/// Loads at the same time as others do.
core::Task<void> load_into(TrackLoader& loader, core::Snapshot<catalogue::VideoRecord> video,
                           core::Cancellation& cancellation, std::optional<Tracks>& out) {
  out = co_await loader.load(std::move(video), cancellation);
}

TEST_F(TrackLoaderTest, ReadsOnceForAllWhoAskAtTheSameTime) {
  const auto video = add("v1");
  std::array<std::optional<Tracks>, 8> all;
  const size_t before = open_fds();
  for (auto& one : all) core_->spawn(load_into(loader_, video, cancellation_, one));
  while (core_->tasks() != 0) core_->turn(core::Core::Idle::kWait);
  EXPECT_EQ(open_fds(), before + 2) << "one descriptor for each track";
  for (const auto& one : all) {
    ASSERT_TRUE(one && *one);
    EXPECT_EQ(**one, **all[0]);
  }
}

TEST_F(TrackLoaderTest, LetsAWaiterGoWithoutEndingTheOthers) {
  const auto video = add("v1");
  core::Cancellation gone;
  std::optional<Tracks> first;
  std::optional<Tracks> impatient;
  core_->spawn(load_into(loader_, video, cancellation_, first));
  core_->spawn(load_into(loader_, video, gone, impatient));
  core_->turn(core::Core::Idle::kReturn);
  gone.request();
  while (core_->tasks() != 0) core_->turn(core::Core::Idle::kWait);
  EXPECT_TRUE(first && *first);
  EXPECT_FALSE(impatient->has_value());
}

TEST_F(TrackLoaderTest, PlaysWhatIsLeftWhenAFileIsBad) {
  const auto video = add("v1");
  std::filesystem::resize_file(store_.paths().track("v1", "180p"), video_.bytes.size() - 1);
  const Tracks tracks = load(video);
  ASSERT_TRUE(tracks) << tracks.error().what;
  EXPECT_FALSE((*tracks)->find("180p"));
  EXPECT_TRUE((*tracks)->find("audio-128k"));
}

TEST_F(TrackLoaderTest, SaysWhichFileIsBadAndWhy) {
  const auto video = add("v1");
  std::filesystem::remove(store_.paths().track("v1", "audio-128k"));
  testing::internal::CaptureStderr();  // Where events go while no log is started.
  EXPECT_TRUE(load(video));
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("library.track_unreadable video=v1 quality=audio-128k"), text.npos) << text;
  EXPECT_NE(text.find("No such file"), text.npos) << text;
}

TEST_F(TrackLoaderTest, TriesAgainAfterAFailure) {
  const auto video = add("v1");
  std::filesystem::remove_all(store_.paths().processed_folder("v1"));
  const Tracks failed = load(video);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, core::ErrorCode::kNotFound);
  EXPECT_TRUE(load(add("v1")));
}

TEST_F(TrackLoaderTest, RefusesATrackThatWasNeverFinished) {
  auto video = test::ready_record("v1");
  std::erase_if(video.formats, [](const auto& format) { return format.quality != "180p"; });
  store_.add_track("v1", "180p", video_);
  test::TrackFileWriter growing(test::h264_180p());
  growing.append(std::vector<fmp4::Sample>(60, {.duration = 512, .size = 10, .key = true}));
  test::write_file(store_.paths().track("v1", "180p"), growing.bytes());
  const Tracks refused = load(std::make_shared<const catalogue::VideoRecord>(video));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::kUnsupported);
}

TEST_F(TrackLoaderTest, ClosesTheFilesOfAForgottenVideoUnlessTheyAreInUse) {
  const size_t before = open_fds();
  const auto video = add("v1");
  {
    const Tracks tracks = load(video);
    loader_.forget("v1");
    loader_.forget("never heard of");
    EXPECT_EQ(open_fds(), before + 2) << "a response still sends from them";
  }
  EXPECT_EQ(open_fds(), before);
}

TEST_F(TrackLoaderTest, KeepsTheVideosThatWereAskedForLast) {
  const size_t before = open_fds();
  const auto favourite = add("favourite");
  ASSERT_TRUE(load(favourite));
  for (size_t i = 0; i < TrackLoader::kVideosMax + 10; ++i) {
    ASSERT_TRUE(load(add(std::to_string(i))));
    ASSERT_TRUE(load(favourite));
  }
  EXPECT_EQ(open_fds(), before + 2 * TrackLoader::kVideosMax);
  std::filesystem::remove_all(store_.paths().processed());
  EXPECT_TRUE(load(favourite));
  EXPECT_FALSE(load(std::make_shared<const catalogue::VideoRecord>(test::ready_record("0"))))
      << "the oldest had to go";
}

}  // namespace
}  // namespace millrace::media::library
