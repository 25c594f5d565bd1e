#include "media/ffmpeg/stills.h"

#include "media/ffmpeg/scale_cascade.h"
#include "media/ffmpeg/surroundings.h"
#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

/// 64x36; grey `left` on the left half and `right` on the right one.
FramePtr picture(uint8_t left, uint8_t right) {
  static const BufferPoolPtr pool = picture_pool({64, 36});
  FramePtr frame = picture_from(*pool, {64, 36});
  for (int plane = 0; plane < 3; ++plane) {
    const int width = plane == 0 ? 64 : 32;
    for (int y = 0; y < (plane == 0 ? 36 : 18); ++y) {
      uint8_t* line = frame->data[plane] + y * frame->linesize[plane];
      for (int x = 0; x < width; ++x) line[x] = plane > 0 ? 128 : x < width / 2 ? left : right;
    }
  }
  return frame;
}

struct Stills {
  Stills() { silence_libav(); }

  MemorySink sink;
  Outlet outlet{sink};
};

TEST(Poster, IsTheFirstPictureThatIsNeitherDarkNorFlat) {
  Stills made;
  Poster poster(made.outlet);
  const FramePtr black = picture(16, 16), grey = picture(120, 120), telling = picture(60, 200);
  EXPECT_TRUE(poster.consider(*black, *black, 0));
  EXPECT_TRUE(poster.consider(*grey, *grey, 1'000'000));
  EXPECT_TRUE(made.sink.images.empty());
  EXPECT_TRUE(poster.consider(*telling, *telling, 2'000'000));
  ASSERT_EQ(made.sink.images.size(), 1U) << "at once, while the rest is encoded";
  EXPECT_EQ(made.sink.images[0].report.kind, worker::ImageKind::kPoster);
  EXPECT_EQ(made.sink.images[0].report.tile_width, 64U);
  EXPECT_TRUE(poster.consider(*telling, *telling, 3'000'000));
  EXPECT_TRUE(poster.finish());
  EXPECT_EQ(made.sink.images.size(), 1U) << "once";
}

TEST(Poster, IsWhatShowsMostWhereNothingShowsMuch) {
  Stills made;
  Poster poster(made.outlet);
  const FramePtr black = picture(16, 16), dim = picture(16, 24);
  EXPECT_TRUE(poster.consider(*black, *black, 0));
  EXPECT_TRUE(poster.consider(*dim, *dim, 1'000'000));
  EXPECT_TRUE(poster.finish());
  EXPECT_EQ(made.sink.images.size(), 1U);
}

TEST(Storyboard, SpreadsItsTilesOverAKnownDuration) {
  Stills made;
  Storyboard board(made.outlet, 250'000'000);
  const FramePtr shown = picture(60, 200);
  for (int64_t second = 0; second < 250; ++second) {
    EXPECT_TRUE(board.consider(*shown, second * 1'000'000));
  }
  EXPECT_TRUE(board.finish());
  ASSERT_EQ(made.sink.images.size(), 1U);
  const auto& report = made.sink.images[0].report;
  EXPECT_EQ(report.interval_ms, 3000U);
  EXPECT_EQ(report.tile_count, 84U);
  EXPECT_EQ(report.columns, 10U);
  EXPECT_EQ(report.rows, 9U);
  EXPECT_LT(made.sink.images[0].jpeg.size(), worker::kImageSizeMax);
}

TEST(Storyboard, GivesUpEverySecondTileWhereTheDurationWasNotKnown) {
  Stills made;
  Storyboard board(made.outlet, 0);
  const FramePtr shown = picture(60, 200);
  for (int64_t second = 0; second < 150; ++second) {
    EXPECT_TRUE(board.consider(*shown, second * 1'000'000));
  }
  EXPECT_TRUE(board.finish());
  const auto& report = made.sink.images.at(0).report;
  EXPECT_EQ(report.interval_ms, 2000U);
  EXPECT_EQ(report.tile_count, 75U);
}

TEST(Storyboard, OfAShortClipIsOneRow) {
  Stills made;
  Storyboard board(made.outlet, 3'000'000);
  const FramePtr shown = picture(60, 200);
  for (int64_t frame = 0; frame < 90; ++frame) {
    EXPECT_TRUE(board.consider(*shown, frame * 33'333));
  }
  EXPECT_TRUE(board.finish());
  EXPECT_EQ(made.sink.images.at(0).report.tile_count, 3U);
  EXPECT_EQ(made.sink.images.at(0).report.columns, 3U);
  EXPECT_EQ(made.sink.images.at(0).report.rows, 1U);
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
