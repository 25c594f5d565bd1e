// The rules of SPECS (PL-…, MV-…) that the playlists of uploaded videos obey, over whole sessions:
// a video is encoded rendition by rendition, and after every fragment a client reloads everything.
#include <gtest/gtest.h>

#include <random>

#include "media/fmp4/codec_string.h"
#include "media/hls/media_playlist_text.h"
#include "media/hls/multivariant_playlist_text.h"
#include "media/vod/playlists.h"
#include "media/vod/segmenting.h"
#include "tests/media/hls/playlist_linter.h"
#include "tests/media/vod/presentations.h"

namespace millrace::media::vod {
namespace {

using test::LintedPlaylist;
using Lists = std::map<std::string, LintedPlaylist>;

/// A ladder that is encoded at the pace of a seeded draw. Small rungs run ahead, sound first.
class EncodedVideo {
 public:
  explicit EncodedVideo(unsigned seed) : draw_(seed) {
    const size_t fragments = 3 + draw_() % 12;
    const uint32_t last_frames = 1 + draw_() % 60;
    add("720p", test::h264_180p(), pictures(fragments, last_frames));
    add("240p", test::h264_180p(), pictures(fragments, last_frames));
    add("audio-128k", test::aac_stereo(), sound(fragments));
  }

  Presentation presentation() const {
    Presentation all{.id = "a", .renditions = {}};
    for (const Encoding& each : encodings_) {
      all.renditions.push_back({.quality = each.quality,
                                .index = each.writer.snapshot(),
                                .declared_peak_bps = 1'000'000,
                                .declared_average_bps = 800'000});
    }
    return all;
  }

  /// Encodes one fragment of one rendition, or finishes it; false when all is done.
  bool step() {
    std::vector<Encoding*> left;
    for (Encoding& each : encodings_) {
      if (!each.finished) left.push_back(&each);
    }
    if (left.empty()) return false;
    Encoding& next = *left[draw_() % left.size()];
    if (next.done < next.fragments.size()) {
      next.writer.append(next.fragments[next.done++]);
    } else {
      next.writer.finish();
      next.finished = true;
    }
    return true;
  }

 private:
  using Samples = std::vector<fmp4::Sample>;

  struct Encoding {
    std::string quality;
    test::TrackFileWriter writer;
    std::vector<Samples> fragments;
    size_t done = 0;
    bool finished = false;
  };

  void add(std::string quality, const fmp4::TrackFormat& format, std::vector<Samples> fragments) {
    encodings_.push_back({std::move(quality), test::TrackFileWriter(format), std::move(fragments)});
  }

  std::vector<Samples> pictures(size_t count, uint32_t last_frames) {
    std::vector<Samples> fragments;
    for (size_t i = 0; i < count; ++i) {
      Samples samples(i + 1 < count ? 60 : last_frames, {.duration = 512, .size = 0});
      for (fmp4::Sample& sample : samples) sample.size = 100 + static_cast<uint32_t>(draw_() % 900);
      samples[0].key = true;
      fragments.push_back(std::move(samples));
    }
    return fragments;
  }

  std::vector<Samples> sound(size_t count) {
    std::vector<Samples> fragments;
    for (size_t i = 0; i < count; ++i) {
      fragments.emplace_back(93 + i % 2, fmp4::Sample{.duration = 1024, .size = 170, .key = true});
    }
    return fragments;
  }

  std::mt19937 draw_;
  std::vector<Encoding> encodings_;
};

/// Our own reader finds in `text` what the linter, which knows nothing of it, found.
void expect_read_alike(const std::string& text, const LintedPlaylist& linted) {
  const auto read = hls::parse_media_playlist(text);
  ASSERT_TRUE(read) << read.error().line << ": " << read.error().what;
  EXPECT_EQ(hls::kind_of_playlist(text), hls::PlaylistKind::kMedia);
  EXPECT_TRUE(read->unknown.empty());
  EXPECT_EQ(read->version, static_cast<uint64_t>(linted.version));
  EXPECT_EQ(read->target_duration_s, linted.target_duration_s);
  EXPECT_EQ(read->media_sequence, linted.media_sequence);
  EXPECT_EQ(read->type == hls::PlaylistType::kVod, linted.type == "VOD");
  EXPECT_EQ(read->ended, linted.ended);
  EXPECT_EQ(read->content == hls::PlaylistContent::kIFramesOnly, linted.i_frames_only);
  ASSERT_EQ(read->segments.size(), linted.segments.size());
  for (size_t i = 0; i < linted.segments.size(); ++i) {
    const hls::SegmentText& ours = read->segments[i];
    const test::LintedSegment& theirs = linted.segments[i];
    EXPECT_EQ(ours.uri, theirs.uri);
    EXPECT_EQ(ours.duration, std::chrono::microseconds(theirs.duration_us));
    EXPECT_EQ(ours.range.has_value(), theirs.range.has_value());
    if (ours.range && theirs.range) {
      EXPECT_EQ(std::pair(ours.range->offset, ours.range->size), *theirs.range);
    }
    EXPECT_EQ(ours.map ? read->maps[*ours.map].uri : "", linted.map_uri);
  }
}

/// Everything a client can load now, each legal by itself.
Lists load_all(const Presentation& presentation, uint32_t segment_s) {
  Lists lists;
  for (const Rendition& rendition : presentation.renditions) {
    const auto text =
        media_playlist(presentation, {.quality = rendition.quality, .segment_s = segment_s});
    if (!text) continue;
    lists[rendition.quality] = test::lint(*text);
    EXPECT_EQ(lists[rendition.quality].violations_text(), "") << *text;
    expect_read_alike(*text, lists[rendition.quality]);
  }
  return lists;
}

class Session : public testing::TestWithParam<uint32_t> {};

// PL-01 PL-03 PL-04 PL-05 PL-06 PL-10 PL-12 PL-29: by the linter. PL-11 PL-13 PL-14 PL-15 PL-21: by
// comparing what a client holds with what it gets next.
TEST_P(Session, OnlyEverAppends) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    EncodedVideo video(seed);
    Lists held;
    do {
      Lists now = load_all(video.presentation(), GetParam());
      for (const auto& [quality, list] : held) {
        ASSERT_TRUE(now.contains(quality));
        EXPECT_EQ(test::lint_reload(list, now[quality]), std::vector<std::string>{}) << quality;
      }
      held = std::move(now);
    } while (video.step());
    for (const auto& [quality, list] : held) EXPECT_TRUE(list.ended) << quality;
  }
}

TEST_P(Session, HasOneTypeAndOneTargetDurationInAllLists) {  // PL-20 PL-24
  EncodedVideo video(42);
  do {
    const Lists lists = load_all(video.presentation(), GetParam());
    if (lists.empty()) continue;
    for (const auto& [quality, list] : lists) {
      EXPECT_EQ(list.type, lists.begin()->second.type) << quality;
      EXPECT_EQ(list.target_duration_s, lists.begin()->second.target_duration_s) << quality;
    }
  } while (video.step());
  EXPECT_EQ(load_all(video.presentation(), GetParam()).begin()->second.type, "VOD");
}

TEST_P(Session, CutsAllPicturesAtTheSameInstants) {  // SG-01
  EncodedVideo video(7);
  while (video.step()) {
  }
  const Presentation presentation = video.presentation();
  EXPECT_EQ(cut_segments(presentation.renditions[0].index, GetParam()),
            cut_segments(presentation.renditions[1].index, GetParam()));
}

TEST_P(Session, StatesRatesThatTheSegmentsKeepTo) {  // MV-01
  EncodedVideo video(3);
  while (video.step()) {
  }
  const Presentation presentation = video.presentation();
  const auto list = test::lint(*multivariant_playlist(presentation, {}, GetParam()));
  EXPECT_EQ(list.violations_text(), "");
  const uint32_t target_s = target_duration_s(presentation, GetParam());
  // What each segment of at least half a target duration costs, with the sound beside it.
  const auto peak_of = [&](const Rendition& rendition) {
    double peak = 0;
    for (const Segment& segment : cut_segments(rendition.index, GetParam())) {
      const double seconds =
          static_cast<double>(segment.duration) / rendition.index.format().timescale;
      const auto bytes = segment_bytes(rendition.index, segment.first, segment.last)->size;
      if (seconds >= target_s / 2.0)
        peak = std::max(peak, 8.0 * static_cast<double>(bytes) / seconds);
    }
    return peak;
  };
  for (const auto& variant : list.variants) {
    const bool high = variant.uri.starts_with("a/720p");
    const double stated = std::stod(variant.attributes.at("BANDWIDTH"));
    const double measured =
        peak_of(presentation.renditions[high ? 0 : 1]) + peak_of(presentation.renditions[2]);
    EXPECT_GE(stated, measured - 1) << variant.uri;
    EXPECT_LE(stated,
              1.1 * std::max(measured, std::stod(variant.attributes.at("AVERAGE-BANDWIDTH"))))
        << variant.uri;
  }
}

INSTANTIATE_TEST_SUITE_P(AtSeconds, Session, testing::Values(1, 2, 4, 6, 10),
                         testing::PrintToStringParamName());

TEST(Multivariant, TellsEverythingAPlayerChoosesBy) {  // MV-02 MV-04 MV-06 MV-08 MV-09
  const Presentation presentation = test::full_presentation();
  const auto text = multivariant_playlist(presentation, {}, 6);
  ASSERT_TRUE(text);
  const auto list = test::lint(*text);
  EXPECT_EQ(list.violations_text(), "");
  EXPECT_TRUE(list.independent_segments);
  ASSERT_EQ(list.variants.size(), 4u);
  for (const auto& variant : list.variants) {
    const std::string quality =
        variant.uri.substr(12, variant.uri.find(".m3u8") - 12);  // behind "dQw4w9WgXcQ/"
    const Rendition* video = presentation.find(quality);
    const Rendition* audio = presentation.find(variant.attributes.at("AUDIO"));
    ASSERT_NE(video, nullptr) << quality;
    ASSERT_NE(audio, nullptr);
    EXPECT_EQ(variant.attributes.at("CODECS"), fmp4::rfc6381_codec(video->index.format()) + "," +
                                                   fmp4::rfc6381_codec(audio->index.format()));
    EXPECT_EQ(variant.attributes.at("RESOLUTION"),
              fmt::format("{}x{}", video->index.format().width, video->index.format().height));
    EXPECT_EQ(variant.attributes.at("CLOSED-CAPTIONS"), "NONE");
  }
}

TEST(Multivariant, IsReadAsItWasMeant) {
  const Presentation presentation = test::full_presentation();
  const auto text = multivariant_playlist(presentation, {}, 6);
  ASSERT_TRUE(text);
  const auto linted = test::lint(*text);
  const auto read = hls::parse_multivariant_playlist(*text);
  ASSERT_TRUE(read) << read.error().line << ": " << read.error().what;
  EXPECT_EQ(hls::kind_of_playlist(*text), hls::PlaylistKind::kMultivariant);
  EXPECT_TRUE(read->unknown.empty());
  EXPECT_EQ(read->renditions.size(), linted.media.size());
  EXPECT_EQ(read->i_frames.size(), linted.i_frames.size());
  ASSERT_EQ(read->variants.size(), linted.variants.size());
  for (size_t i = 0; i < linted.variants.size(); ++i) {
    const hls::VariantText& ours = read->variants[i];
    EXPECT_EQ(ours.variant.uri, linted.variants[i].uri);
    EXPECT_EQ(std::to_string(ours.variant.bandwidth_bps),
              linted.variants[i].attributes.at("BANDWIDTH"));
    EXPECT_EQ(ours.all.size(), linted.variants[i].attributes.size());
  }
}

TEST(IFrames, AreReadAsTheyWereMeant) {  // MV-09
  const auto text = i_frame_playlist(test::full_presentation(), "720p");
  ASSERT_TRUE(text);
  const auto linted = test::lint(*text);
  EXPECT_EQ(linted.violations_text(), "");
  EXPECT_TRUE(linted.i_frames_only);
  expect_read_alike(*text, linted);
}

TEST(Tracks, ContinueTheirDecodeTimesExactly) {  // SG-03
  const auto file = test::encoded_track(
      "-f lavfi -i testsrc2=s=160x90:r=30000/1001:d=5 -c:v libx264 -preset veryfast -pix_fmt "
      "yuv420p -g 60 -sc_threshold 0 -bf 2 -movflags cmaf+frag_keyframe+skip_trailer");
  uint64_t expected = 0;
  for (size_t i = 0; i < file.index.size(); ++i) {
    const auto fragment = fmp4::parse_fragment(
        std::span(file.bytes).subspan(file.index[i].offset, file.index[i].size));
    ASSERT_TRUE(fragment);
    EXPECT_EQ(fragment->decode_time, expected);
    EXPECT_TRUE(fragment->key);
    expected += fragment->duration;
  }
}

}  // namespace
}  // namespace millrace::media::vod
