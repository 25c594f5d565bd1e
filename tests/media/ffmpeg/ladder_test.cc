#include "media/ffmpeg/ladder.h"

#include <gtest/gtest.h>

namespace millrace::media::ffmpeg {
namespace {

std::vector<worker::RungSpec> usual() {
  std::vector<worker::RungSpec> ladder;
  for (const uint32_t height : {1080U, 720U, 480U, 360U, 240U}) {
    ladder.push_back({.quality = fmt::format("{}p", height), .height = height});
  }
  return ladder;
}

/// "240p 426x240, …"
std::string planned(const PictureSize& shown) {
  std::string text;
  for (const LadderRung& rung : plan_ladder(usual(), shown)) {
    text += fmt::format("{}{} {}x{}", text.empty() ? "" : ", ", rung.spec.quality, rung.size.width,
                        rung.size.height);
  }
  return text;
}

TEST(Ladder, HoldsEveryRungUpToTheSourceTheSmallestFirst) {
  EXPECT_EQ(planned({1920, 1080}),
            "240p 426x240, 360p 640x360, 480p 854x480, 720p 1280x720, 1080p 1920x1080");
  EXPECT_EQ(planned({1280, 720}), "240p 426x240, 360p 640x360, 480p 854x480, 720p 1280x720");
}

TEST(Ladder, NeverGoesAboveTheSource) {
  EXPECT_EQ(planned({3840, 2160}),
            "240p 426x240, 360p 640x360, 480p 854x480, 720p 1280x720, 1080p 1920x1080");
  EXPECT_EQ(planned({640, 360}), "240p 426x240, 360p 640x360");
}

TEST(Ladder, CountsTheShorterSideOfAPortrait) {
  EXPECT_EQ(planned({720, 1280}), "240p 240x426, 360p 360x640, 480p 480x854, 720p 720x1280");
}

TEST(Ladder, KeepsTheWidthOfAWideFilm) {
  EXPECT_EQ(planned({1920, 816}),
            "240p 426x182, 360p 640x272, 480p 854x362, 720p 1280x544, 1080p 1920x816");
}

TEST(Ladder, KeepsASizeBetweenTwoRungsWhereTheLowerOneWouldLoseMuch) {
  EXPECT_EQ(planned({1270, 714}), "240p 426x240, 360p 640x360, 480p 854x480, 720p 1270x714");
  EXPECT_EQ(planned({880, 496}), "240p 426x240, 360p 638x360, 480p 852x480");
}

TEST(Ladder, GivesASourceBelowAllRungsTheSmallestInItsOwnSize) {
  EXPECT_EQ(planned({160, 120}), "240p 160x120");
  EXPECT_EQ(planned({2, 2}), "240p 2x2");
}

TEST(Ladder, MakesEverySizeEven) {
  for (int width = 2; width < 2000; width += 37) {
    for (int height = 2; height < 2000; height += 41) {
      for (const LadderRung& rung : plan_ladder(usual(), {width & ~1, height & ~1})) {
        ASSERT_EQ(rung.size.width % 2, 0);
        ASSERT_EQ(rung.size.height % 2, 0);
        ASSERT_GE(rung.size.width, 2);
        ASSERT_GE(rung.size.height, 2);
        ASSERT_LE(rung.size.width, width);
        ASSERT_LE(rung.size.height, height);
      }
    }
  }
}

TEST(ShownSize, HasSquarePixels) {
  EXPECT_EQ(shown_size({.coded = {720, 576}, .sar_num = 64, .sar_den = 45}),
            (PictureSize{1024, 576}));
  EXPECT_EQ(shown_size({.coded = {1440, 1080}, .sar_num = 4, .sar_den = 3}),
            (PictureSize{1920, 1080}));
  EXPECT_EQ(shown_size({.coded = {704, 480}, .sar_num = 10, .sar_den = 11}),
            (PictureSize{704, 528}));
}

TEST(ShownSize, IgnoresAnAspectThatLeavesNoPixel) {
  EXPECT_EQ(shown_size({.coded = {640, 480}, .sar_num = 1, .sar_den = 9000}),
            (PictureSize{640, 480}));
  EXPECT_EQ(shown_size({.coded = {640, 480}, .sar_num = 0, .sar_den = 0}), (PictureSize{640, 480}));
}

TEST(ShownSize, TurnsWithThePicture) {
  EXPECT_EQ(shown_size({.coded = {1920, 1080}, .turned = true}), (PictureSize{1080, 1920}));
}

}  // namespace
}  // namespace millrace::media::ffmpeg
