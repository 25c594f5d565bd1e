#include "media/track/track_builder.h"

#include <gtest/gtest.h>

#include "tests/media/tracks.h"

namespace millrace::media::track {
namespace {

using core::ErrorCode;

fmp4::Fragment fragment_at(uint64_t decode_time) {
  return {.sequence = 1,
          .decode_time = decode_time,
          .duration = 100,
          .head_size = 80,
          .key = true,
          .samples = {{.duration = 100, .size = 20, .key = true}}};
}

TEST(TrackBuilder, PlacesFragmentsOneBehindTheOther) {
  auto builder = TrackBuilder::create(test::aac_stereo(), 4);
  ASSERT_TRUE(builder);
  const size_t head_size = builder->initial_head().size();
  EXPECT_EQ(builder->append(fragment_at(0), 100)->offset, head_size);
  const auto second = builder->append(fragment_at(100), 100);
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, (TrackEntry{.offset = head_size + 100,
                                 .decode_time = 100,
                                 .size = 100,
                                 .head_size = 80,
                                 .first_sample_size = 20,
                                 .duration = 100,
                                 .key = true}));
}

TEST(TrackBuilder, RefusesAFragmentThatDoesNotContinueTheTrack) {
  auto builder = TrackBuilder::create(test::aac_stereo(), 4);
  ASSERT_TRUE(builder->append(fragment_at(0), 100));
  EXPECT_EQ(builder->append(fragment_at(99), 100).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(builder->append(fragment_at(101), 100).error().code, ErrorCode::kMalformed);
  auto delta = fragment_at(100);
  delta.key = false;
  EXPECT_EQ(builder->append(delta, 100).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(builder->append(fragment_at(100), 99).error().code, ErrorCode::kMalformed);
  EXPECT_TRUE(builder->append(fragment_at(100), 100));
}

TEST(TrackBuilder, LeavesASnapshotAsItWas) {
  auto builder = TrackBuilder::create(test::aac_stereo(), 4);
  std::vector<TrackIndex> snapshots;
  for (uint64_t i = 0; i < 2 * TrackIndex::kBlockSize + 3; ++i) {
    ASSERT_TRUE(builder->append(fragment_at(i * 100), 100));
    snapshots.push_back(builder->snapshot());
  }
  for (size_t i = 0; i < snapshots.size(); ++i) {
    ASSERT_EQ(snapshots[i].size(), i + 1);
    ASSERT_EQ(snapshots[i].end_time(), (i + 1) * 100);
    ASSERT_EQ(snapshots[i][i].decode_time, i * 100);
    ASSERT_FALSE(snapshots[i].finished());
  }
}

TEST(TrackBuilder, FindsTheFragmentOfATime) {
  auto builder = TrackBuilder::create(test::aac_stereo(), 4);
  EXPECT_EQ(builder->snapshot().find(0), std::nullopt);
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(builder->append(fragment_at(i * 100), 100));
  const TrackIndex index = builder->snapshot();
  EXPECT_EQ(index.find(0), 0u);
  EXPECT_EQ(index.find(99), 0u);
  EXPECT_EQ(index.find(100), 1u);
  EXPECT_EQ(index.find(499), 4u);
  EXPECT_EQ(index.find(500), std::nullopt);
}

TEST(TrackBuilder, KeepsTheHeadItsSizeAndFinishesOnlyWithMedia) {
  auto builder = TrackBuilder::create(test::h264_180p(), 100);
  const size_t head_size = builder->initial_head().size();
  EXPECT_EQ(builder->finish().error().code, ErrorCode::kInvalid);
  ASSERT_TRUE(builder->append(fragment_at(0), 100));
  const auto final = builder->finish();
  ASSERT_TRUE(final);
  EXPECT_EQ(final->head.size(), head_size);
  EXPECT_TRUE(final->tail.empty());
  EXPECT_TRUE(builder->snapshot().finished());
}

TEST(TrackBuilder, RefusesWhatCannotBeWritten) {
  EXPECT_EQ(TrackBuilder::create({}, 4).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(TrackBuilder::create(test::aac_stereo(), SIZE_MAX).error().code, ErrorCode::kInvalid);
}

class TrackFileOnDisk : public testing::Test {
 protected:
  void write(const test::TrackFile& file) { test::write_file(path_, file.bytes); }
  test::TemporaryFolder folder_;
  std::string path_ = folder_.file("track.mp4");
};

TEST_F(TrackFileOnDisk, PlaysAndSeeksInOtherTools) {
  write(
      test::encoded_track("-f lavfi -i testsrc2=s=320x180:r=30:d=8 -c:v libx264 -preset veryfast "
                          "-pix_fmt yuv420p -g 60 "
                          "-sc_threshold 0 -bf 2 -movflags cmaf+frag_keyframe+skip_trailer"));
  EXPECT_EQ(test::output_of("ffmpeg -v warning -xerror -i " + path_ + " -f null -"), "");
  EXPECT_EQ(test::output_of("ffprobe -v error -show_entries format=duration:stream=start_pts,"
                            "nb_read_packets -count_packets -of csv=p=0 " +
                            path_),
            "0,240\n8.000000\n");
  // Only an index lets a demuxer start at 6 s without reading what comes before.
  EXPECT_EQ(test::output_of("ffprobe -v error -read_intervals 6.5%+#1 -show_entries "
                            "packet=pts_time,flags -of csv=p=0 " +
                            path_),
            "6.000000,K_\n");
}

TEST_F(TrackFileOnDisk, CutsTheEncodersDelayOffTheSound) {
  write(
      test::encoded_track("-f lavfi -i sine=440:r=48000:d=4 -c:a aac -ac 2 -frag_duration 2000000 "
                          "-movflags cmaf+skip_trailer",
                          /*priming=*/1024));
  // What is heard first is the sample at time 0; FFmpeg reports the packet that leads up to it.
  EXPECT_EQ(
      test::output_of("ffprobe -v error -show_entries stream=start_time -of csv=p=0 " + path_),
      "-0.021333\n");
  EXPECT_EQ(test::output_of("ffprobe -v error -read_intervals %+#1 -show_entries packet=pts "
                            "-of csv=p=0 " +
                            path_),
            "-1024\n");
  EXPECT_EQ(test::output_of("ffmpeg -v warning -xerror -i " + path_ + " -f null -"), "");
}

}  // namespace
}  // namespace millrace::media::track
