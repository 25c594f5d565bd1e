#include "media/library/job_plan.h"

#include <gtest/gtest.h>

namespace millrace::media::library {
namespace {

using core::LadderCodec;
using fmp4::Codec;
using worker::AudioSpec;
using worker::RungSpec;

worker::JobSpec plan_for(const core::TranscodeConfig& transcode,
                         std::string_view file_name = "film.mp4") {
  core::Config config;
  config.transcode = transcode;
  return transcode_plan(config, 1000, file_name);
}

TEST(TranscodePlan, IsFiveRungsOfH264AndTwoOfAacByDefault) {
  const worker::JobSpec spec = plan_for({});
  EXPECT_EQ(spec.kind, worker::JobKind::kTranscode);
  EXPECT_EQ(spec.source_size, 1000U);
  EXPECT_EQ(spec.gop_ms, 2000U);
  EXPECT_EQ(spec.ladder,
            (std::vector<RungSpec>{{"1080p", Codec::kH264, 1080, 4'500'000, 6'750'000, "veryfast"},
                                   {"720p", Codec::kH264, 720, 2'500'000, 3'750'000, "veryfast"},
                                   {"480p", Codec::kH264, 480, 1'200'000, 1'800'000, "veryfast"},
                                   {"360p", Codec::kH264, 360, 700'000, 1'050'000, "veryfast"},
                                   {"240p", Codec::kH264, 240, 350'000, 525'000, "veryfast"}}));
  EXPECT_EQ(spec.audio, (std::vector<AudioSpec>{{"audio-128k", Codec::kAac, 128'000},
                                                {"audio-64k", Codec::kAac, 64'000}}));
}

TEST(TranscodePlan, PutsOpusBesideTheNewCodecsAndKeepsAacForH264) {
  const worker::JobSpec spec =
      plan_for({.ladder = {LadderCodec::kH264, LadderCodec::kVp9}, .audio = {"audio-128k"}});
  ASSERT_EQ(spec.ladder.size(), 10U);
  EXPECT_EQ(spec.ladder[6], (RungSpec{"720p-vp9", Codec::kVp9, 720, 1'625'000, 2'437'500, "6"}));
  EXPECT_EQ(spec.audio, (std::vector<AudioSpec>{{"audio-128k", Codec::kAac, 128'000},
                                                {"audio-128k-opus", Codec::kOpus, 128'000}}));
}

TEST(TranscodePlan, HasOpusOnlyWhereNothingIsH264) {
  const worker::JobSpec spec = plan_for({.ladder = {LadderCodec::kAv1}, .audio = {"audio-64k"}});
  EXPECT_EQ(spec.ladder.front().quality, "1080p-av1");
  EXPECT_EQ(spec.ladder.front().preset, "10");
  EXPECT_EQ(spec.audio, (std::vector<AudioSpec>{{"audio-64k-opus", Codec::kOpus, 64'000}}));
}

TEST(TranscodePlan, TakesTheConfiguredRungsInsteadOfTheBuiltInOnes) {
  const worker::JobSpec spec = plan_for({.rung = {{.quality = "720p-av1",
                                                   .codec = LadderCodec::kAv1,
                                                   .height = 720,
                                                   .bitrate_bps = 1'000'000},
                                                  {.quality = "480p",
                                                   .height = 480,
                                                   .bitrate_bps = 900'000,
                                                   .max_bitrate_bps = 950'000,
                                                   .preset = "slow"}}});
  EXPECT_EQ(spec.ladder,
            (std::vector<RungSpec>{{"720p-av1", Codec::kAv1, 720, 1'000'000, 1'500'000, "10"},
                                   {"480p", Codec::kH264, 480, 900'000, 950'000, "slow"}}));
}

TEST(TranscodePlan, TellsTheWorkerAPlainExtensionOrNone) {
  const auto extension = [](std::string_view name) { return plan_for({}, name).file_extension; };
  EXPECT_EQ(extension("Film.MP4"), "mp4");
  EXPECT_EQ(extension("archive.tar.gz"), "gz");
  EXPECT_EQ(extension("no extension"), "");
  EXPECT_EQ(extension("ends with a dot."), "");
  EXPECT_EQ(extension("film.m p4"), "");
  EXPECT_EQ(extension("film.m\xC3\xBCv"), "");
  EXPECT_EQ(extension("film.ninechars"), "");
}

TEST(TranscodePlan, AllowsThePicturesOfTheConfiguredSides) {
  EXPECT_EQ(plan_for({}).limits.pixels_max, 4096ULL * 2304);
  const worker::JobLimits limits = plan_for({.max_width = 7680, .max_height = 4320}).limits;
  EXPECT_EQ(limits.width_max, 7680U);
  EXPECT_EQ(limits.height_max, 4320U);
  EXPECT_EQ(limits.pixels_max, 7680ULL * 4320);
}

TEST(TranscodePlan, CarriesTheLimitsOfTheConfiguration) {
  core::Config config;
  config.workers.threads = 3;
  config.workers.memory_max = core::ByteCount{123'456'789};
  config.transcode.max_duration = std::chrono::minutes(5);
  config.transcode.gop_duration = std::chrono::milliseconds(4000);
  const worker::JobSpec spec = transcode_plan(config, 1, "a.mkv");
  EXPECT_EQ(spec.thread_count, 3U);
  EXPECT_EQ(spec.limits.memory_size_max, 123'456'789U);
  EXPECT_EQ(spec.limits.duration_ms_max, 300'000U);
  EXPECT_EQ(spec.gop_ms, 4000U);
}

TEST(ValidationPlan, DecodesOneTrackAndMakesNothing) {
  const worker::JobSpec spec = validation_plan(core::Config{}, 77);
  EXPECT_EQ(spec.kind, worker::JobKind::kValidate);
  EXPECT_EQ(spec.source_size, 77U);
  EXPECT_EQ(spec.file_extension, "mp4");
  EXPECT_TRUE(spec.ladder.empty());
  EXPECT_TRUE(spec.audio.empty());
}

}  // namespace
}  // namespace millrace::media::library
