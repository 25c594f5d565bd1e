#include "media/track/track_head.h"

#include <gtest/gtest.h>

#include "media/fmp4/box_writer.h"
#include "media/fmp4/sidx.h"
#include "media/track/index_box.h"
#include "tests/media/tracks.h"

namespace millrace::media::track {
namespace {

using core::ErrorCode;

void expect_same(const TrackIndex& got, const TrackIndex& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], wanted[i]) << i;
  EXPECT_EQ(got.format(), wanted.format());
  EXPECT_EQ(got.init_size(), wanted.init_size());
}

/// Opens a file held in memory the way a caller with a disk would.
core::Result<TrackIndex> open(std::span<const std::byte> file) {
  size_t wanted = std::min<size_t>(file.size(), 512);
  for (;;) {
    const auto size = track_head_size(file.first(wanted), file.size());
    if (!size) return std::unexpected(size.error());
    if (*size <= wanted) break;
    wanted = std::min(*size, file.size());
  }
  auto reader = TrackHeadReader::open(file.first(wanted), file.size());
  if (!reader) return std::unexpected(reader.error());
  if (reader->tail()) {
    const auto taken =
        reader->take_tail(file.subspan(reader->tail()->offset, reader->tail()->size));
    if (!taken) return std::unexpected(taken.error());
  }
  return reader->index();
}

TEST(TrackHead, OpensWhatWasFinished) {
  const auto file = test::made_up_track(test::h264_180p(), 5, 60, 512);
  const auto index = open(file.bytes);
  ASSERT_TRUE(index) << index.error().what;
  expect_same(*index, file.index);
  EXPECT_TRUE(index->finished());
}

TEST(TrackHead, OpensATrackThatWasFarLongerThanExpected) {
  test::TrackFileWriter writer(test::aac_stereo(), /*expected_fragments=*/0);
  const fmp4::Sample sample{.duration = 1024, .size = 20, .key = true};
  for (int i = 0; i < 700; ++i) writer.append(std::span(&sample, 1));
  const auto file = writer.finish();
  const auto index = open(file.bytes);
  ASSERT_TRUE(index) << index.error().what;
  expect_same(*index, file.index);
}

TEST(TrackHead, MergesSidxReferencesWhereRoomIsShort) {
  test::TrackFileWriter writer(test::aac_stereo(), /*expected_fragments=*/0);
  const fmp4::Sample sample{.duration = 1024, .size = 20, .key = true};
  for (int i = 0; i < 13; ++i) writer.append(std::span(&sample, 1));
  const auto file = writer.finish();
  fmp4::ByteReader r(std::span(file.bytes).subspan(file.index.init_size()));
  const auto box = fmp4::take_box(r);
  ASSERT_EQ(box->type, fmp4::four_cc("sidx"));
  const auto sidx = fmp4::parse_sidx(box->payload);
  ASSERT_TRUE(sidx);
  EXPECT_LT(sidx->references.size(), 13u);
  EXPECT_GT(sidx->references.size(), 0u);
  const auto index = open(file.bytes);
  ASSERT_TRUE(index) << index.error().what;
  expect_same(*index, file.index);
}

TEST(TrackHead, CallsATrackThatStillGrowsUnfinished) {
  test::TrackFileWriter writer(test::aac_stereo());
  const fmp4::Sample sample{.duration = 1024, .size = 20, .key = true};
  EXPECT_EQ(open(writer.bytes()).error().code, ErrorCode::kUnsupported);
  writer.append(std::span(&sample, 1));
  EXPECT_EQ(open(writer.bytes()).error().code, ErrorCode::kUnsupported);
}

TEST(TrackHead, RefusesAFileOfAnotherLength) {
  auto bytes = test::made_up_track(test::h264_180p(), 3, 60, 512).bytes;
  bytes.push_back(std::byte{0});
  EXPECT_EQ(open(bytes).error().code, ErrorCode::kMalformed);
  for (size_t size = 0; size < bytes.size() - 1; ++size) {
    EXPECT_FALSE(open(std::span(bytes).first(size))) << size;
  }
}

TEST(TrackHead, RefusesAnIndexOfWhichAnyFieldWasChanged) {
  const auto file = test::made_up_track(test::h264_180p(), 3, 60, 512);
  const size_t head_size = file.index[0].offset;
  const size_t box = file.index.init_size() + fmp4::sidx_size(3);
  const size_t entries = box + 48;
  for (size_t at = box; at < entries + 3 * 16; ++at) {
    // Of an entry only the sizes within its fragment have no second witness.
    const size_t field = at < entries ? 0 : (at - entries) % 16;
    if (at >= entries && field >= 8) continue;
    auto bytes = file.bytes;
    bytes[at] ^= std::byte{0x01};
    EXPECT_FALSE(open(bytes)) << at - box;
  }
  EXPECT_GT(head_size, entries);
}

TEST(TrackHead, SurvivesEveryByteOfTheHeadSetToItsExtremes) {
  const auto file = test::made_up_track(test::aac_stereo(), 3, 10, 1024);
  for (size_t at = 0; at < file.index[0].offset; ++at) {
    for (const std::byte value : {std::byte{0}, std::byte{0x80}, std::byte{0xFF}}) {
      auto bytes = file.bytes;
      bytes[at] = value;
      const auto index = open(bytes);
      if (index) EXPECT_EQ(index->media_end(), bytes.size());
    }
  }
}

TEST(TrackHead, IsNotReadPastItsLimit) {
  const auto bytes = test::from_hex("00000018 66747970 7fffffff 66726565");
  EXPECT_EQ(track_head_size(test::from_hex("7fffffff 66747970"), uint64_t{1} << 40).error().code,
            ErrorCode::kTooLarge);
  EXPECT_EQ(track_head_size(bytes, bytes.size()).error().code, ErrorCode::kMalformed);
  std::string many = "00000008 66747970";
  for (int i = 0; i < 1000; ++i) many += "00000008 66726565";
  EXPECT_EQ(track_head_size(test::from_hex(many), uint64_t{1} << 40).error().code,
            ErrorCode::kMalformed);
}

}  // namespace
}  // namespace millrace::media::track
