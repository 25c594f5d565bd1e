#include "media/ffmpeg/transcode.h"

#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

constexpr const char* kSpeech =
    "/usr/share/forensics-samples/original-files/movie2/movie-hello.mp4";

std::string small_clip(double seconds, std::string_view size = "320x180") {
  return fmt::format("-f lavfi -i testsrc2=s={}:r=25:d={} -f lavfi -i sine=440:r=48000:d={} {}",
                     size, seconds, seconds, kFast);
}

/// Decode times of the key frames that fragments begin with, in seconds.
std::vector<double> fragment_starts(const Track& track) {
  std::vector<double> starts;
  for (const fmp4::Fragment& fragment : track.fragments) {
    EXPECT_TRUE(fragment.key);
    starts.push_back(static_cast<double>(fragment.decode_time) / track.format.timescale);
  }
  return starts;
}

TEST(Transcode, MakesEveryRungAndTheSoundOfARealClip) {
  const JobRun run = transcode(read_file(kSpeech), job({360, 240}));
  ASSERT_TRUE(run.result);
  EXPECT_EQ(run.sink->tracks.size(), 3U);
  for (const Track& track : run.sink->tracks) {
    EXPECT_TRUE(track.done) << track.report.quality;
    EXPECT_NEAR(track.seconds(), 8.3, 1.0 / 30) << track.report.quality;
    EXPECT_EQ(track.fragments.size(), 5U) << "2 s each, and the rest";
    EXPECT_GE(track.report.fragment_count_expected, track.fragments.size());
    frames_of(track, "pts_time");
  }
  EXPECT_EQ(run.track("360p").sample_count(), 249U);
  EXPECT_EQ(run.track("240p").format.width, 426U);
  EXPECT_EQ(run.sink->logged, "");
}

TEST(Transcode, MakesTheSameOfTheClipInItsOtherContainers) {
  for (const char* extension : {"avi", "mpeg", "ogg"}) {
    const JobRun run =
        transcode(read_file("/usr/share/forensics-samples/original-files/movie2/movie-hello." +
                            std::string(extension)),
                  job({144}));
    const double seconds = run.track("144p").seconds();
    EXPECT_NEAR(seconds, 8.3, 0.07) << extension;
    EXPECT_NEAR(run.track("audio-64k").seconds(), seconds, 0.001) << extension;
    EXPECT_NEAR(static_cast<double>(run.sink->probed->duration_us) * 1e-6, seconds, 0.11)
        << extension;
    EXPECT_EQ(run.sink->logged, "") << extension;
  }
}

TEST(Transcode, TellsWhatIsInTheSourceAndWhatItWillMake) {
  const JobRun run = transcode(read_file(kSpeech), job({240}));
  const worker::ProbeReport& probe = *run.sink->probed;
  EXPECT_EQ(probe.container, "mov");
  EXPECT_NEAR(static_cast<double>(probe.duration_us) * 1e-6, 8.32, 0.1);
  EXPECT_EQ(probe.video_codec, "h264");
  EXPECT_EQ(probe.width, 1280U);
  EXPECT_EQ(probe.height, 720U);
  EXPECT_EQ(probe.frame_rate_num, 30U);
  EXPECT_EQ(probe.audio_codec, "aac");
  EXPECT_EQ(probe.sample_rate, 48'000U);
  EXPECT_EQ(probe.qualities, (std::vector<std::string>{"240p", "audio-64k"}));
}

TEST(Transcode, StartsEveryFragmentOfEveryRungWithAKeyFrameAtTheSameInstant) {  // SG-01
  const JobRun run = transcode(clip(small_clip(5)), job({180, 144, 96}));
  const auto starts = fragment_starts(run.track("180p"));
  EXPECT_EQ(starts, (std::vector<double>{0, 2, 4}));
  EXPECT_EQ(fragment_starts(run.track("144p")), starts);
  EXPECT_EQ(fragment_starts(run.track("96p")), starts);
}

TEST(Transcode, PlacesNoOtherKeyFramesWhereTheSceneChanges) {
  const JobRun run = transcode(
      clip("-f lavfi -i \"testsrc2=s=320x180:r=25:d=4,negate=enable='gt(mod(t,0.7),0.35)'\" " +
           std::string(kFast)));
  for (const fmp4::Fragment& fragment : run.track("144p").fragments) {
    EXPECT_EQ(std::ranges::count_if(fragment.samples, &fmp4::Sample::key), 1);
  }
}

TEST(Transcode, ShowsTheFirstFrameAtZeroThoughFramesAreReordered) {
  worker::JobSpec spec = job({144});
  spec.ladder[0].preset = "veryfast";  // With B-frames.
  const JobRun run = transcode(clip(small_clip(3)), spec);
  const Track& track = run.track("144p");
  EXPECT_EQ(track.format.reorder_delay, 2 * track.format.frame_duration);
  const auto& samples = track.fragments[0].samples;
  EXPECT_EQ(samples[0].composition_offset, 1024) << "taken off by the edit list";
  EXPECT_EQ(std::ranges::min(samples, {}, &fmp4::Sample::composition_offset).composition_offset, 0);
  const auto times = frames_of(track, "pts_time");
  ASSERT_EQ(times.size(), 75U);
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(std::stod(times[i]), static_cast<double>(i) * 0.04, 0.001);
  }
}

TEST(Transcode, EndsSoundWherePictureEnds) {
  const JobRun run = transcode(clip(small_clip(3.2)));
  EXPECT_NEAR(run.track("144p").seconds(), 3.2, 0.04);
  EXPECT_NEAR(run.track("audio-64k").seconds(), run.track("144p").seconds(), 0.001);
}

TEST(Transcode, CutsSoundIntoAsManyFragmentsAsThePicture) {
  const JobRun run = transcode(clip(small_clip(5)));
  const auto pictures = fragment_starts(run.track("144p"));
  const auto sound = fragment_starts(run.track("audio-64k"));
  ASSERT_EQ(sound.size(), pictures.size());
  for (size_t i = 0; i < sound.size(); ++i) {
    EXPECT_NEAR(sound[i] - (i == 0 ? 0 : 1024 / 48'000.0), pictures[i], 1024 / 48'000.0);
  }
}

TEST(Transcode, GivesAllSoundRenditionsTheSamePriming) {  // SG-07
  worker::JobSpec spec = job({});
  spec.audio.push_back(
      {.quality = "audio-128k", .codec = fmp4::Codec::kAac, .bitrate_bps = 128'000});
  const JobRun run = transcode(clip("-f lavfi -i sine=440:r=44100:d=2 -c:a aac", "m4a"), spec);
  EXPECT_EQ(run.track("audio-64k").format.priming, 1024U);
  EXPECT_EQ(run.track("audio-128k").format.priming, 1024U);
}

TEST(Transcode, KeepsTheAverageRateInBounds) {
  worker::JobSpec spec = job({180});
  spec.ladder[0].bitrate_bps = 200'000;
  spec.ladder[0].max_bitrate_bps = 300'000;
  spec.ladder[0].preset = "veryfast";
  const JobRun run = transcode(
      clip("-f lavfi -i testsrc2=s=320x180:r=25:d=8,noise=alls=30:allf=t " + std::string(kFast)),
      spec);
  const Track& track = run.track("180p");
  const double bps = static_cast<double>(track.file.size()) * 8 / track.seconds();
  EXPECT_GT(bps, 100'000);
  EXPECT_LT(bps, 300'000);
}

TEST(Transcode, ReportsAPosterAndAStoryboard) {
  const JobRun run = transcode(clip(small_clip(3)));
  ASSERT_EQ(run.sink->images.size(), 2U);
  const auto& poster = run.sink->images[0];
  EXPECT_EQ(poster.report.kind, worker::ImageKind::kPoster);
  EXPECT_EQ(poster.report.tile_width, 320U);
  const auto& board = run.sink->images[1];
  EXPECT_EQ(board.report.kind, worker::ImageKind::kStoryboard);
  EXPECT_EQ(board.report.tile_count, 3U);
  EXPECT_EQ(board.report.interval_ms, 1000U);
  EXPECT_EQ(board.report.tile_width, 160U);
  EXPECT_EQ(board.report.tile_height, 90U);
}

TEST(Transcode, SaysHowFarItIs) {
  const JobRun run = transcode(clip(small_clip(3)));
  EXPECT_GT(run.sink->last_progress.fraction, 0.9);
  EXPECT_GT(run.sink->last_progress.fps, 0);
  EXPECT_GE(run.sink->last_progress.seconds_left, 0);
}

TEST(Transcode, MakesVp9AndOpus) {
  worker::JobSpec spec = job({});
  spec.ladder = {rung(180, fmp4::Codec::kVp9), rung(144, fmp4::Codec::kVp9)};
  spec.audio = {{.quality = "audio-96k-opus", .codec = fmp4::Codec::kOpus, .bitrate_bps = 96'000}};
  const JobRun run = transcode(clip(small_clip(4.4)), spec);
  EXPECT_EQ(fragment_starts(run.track("180p-vp9")), (std::vector<double>{0, 2, 4}));
  EXPECT_EQ(fragment_starts(run.track("144p-vp9")), (std::vector<double>{0, 2, 4}));
  for (const Track& track : run.sink->tracks) {
    EXPECT_NEAR(track.seconds(), 4.4, 0.04) << track.report.quality;
    frames_of(track, "pts_time");
  }
}

TEST(Transcode, MakesAv1BesideH264FromTheSamePictures) {
  worker::JobSpec spec = job({144});
  spec.ladder.push_back(rung(144, fmp4::Codec::kAv1));
  const JobRun run = transcode(clip(small_clip(4.4)), spec);
  EXPECT_EQ(fragment_starts(run.track("144p-av1")), fragment_starts(run.track("144p")));
  EXPECT_EQ(run.track("144p-av1").sample_count(), run.track("144p").sample_count());
  frames_of(run.track("144p-av1"), "pts_time");
}

TEST(Transcode, EndsWhenTheSinkIsFull) {
  MemorySource source(clip(small_clip(5)));
  MemorySink sink;
  sink.fragments_until_full = 2;
  const auto result = run_transcode(job(), source, sink);
  ASSERT_FALSE(result);
  EXPECT_FALSE(sink.tracks[0].done && sink.tracks[1].done);
}

TEST(Transcode, EndsWhenTheSourceGoesAway) {
  MemorySource source(clip(small_clip(5)));
  source.fails_at = 30'000;
  MemorySink sink;
  const auto result = run_transcode(job(), source, sink);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().reason, worker::FailureReason::kDamaged) << "the file is not to blame";
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
