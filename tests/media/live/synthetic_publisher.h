// An encoder that never sleeps: real fragments of made-up samples, pushed part by part.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "media/fmp4/fragment.h"
#include "media/live/live_stream.h"
#include "tests/media/formats.h"

namespace millrace::media::test {

/// Video of 30 frames a second in parts of half a second and segments of two, and sound that is
/// cut at the first frame at or behind the same instants.
class SyntheticPublisher {
 public:
  static constexpr uint64_t kFramesPerPart = 15;
  static constexpr uint64_t kPartsPerSegment = 4;
  static constexpr uint64_t kAudioFramesPerPart = 23;
  static constexpr hls::LiveTimings kTimings{.target_duration_s = 2, .part_target_ms = 500};

  enum class Sound : uint8_t { kNone, kAac };
  explicit SyntheticPublisher(live::LiveStream& stream, Sound sound = Sound::kAac)
      : stream_(stream), has_sound_(sound == Sound::kAac) {
    EXPECT_TRUE(stream_.add_rendition({.quality = "720p",
                                       .format = h264_180p(),
                                       .peak_bps = 2'000'000,
                                       .average_bps = 1'500'000}));
    if (!has_sound_) return;
    EXPECT_TRUE(stream_.add_rendition(
        {.quality = "audio", .format = aac_stereo(), .peak_bps = 130'000, .average_bps = 128'000}));
  }

  /// The next part of the video, and the sound up to its end.
  void push() {
    push_video();
    if (has_sound_) push_audio();
  }
  void push_segment() {
    do push();
    while (parts_ % kPartsPerSegment != 0);
  }
  void push_video() {
    const bool begins = parts_ % kPartsPerSegment == 0;
    const bool is_new = begins && parts_ == restart_;
    append(0,
           {.place = is_new   ? live::PartPlace::kAfterDiscontinuity
                     : begins ? live::PartPlace::kBeginsSegment
                              : live::PartPlace::kWithinSegment,
            .independent = begins,
            .decode_time = shift_s_ * 15'360 + parts_ * kFramesPerPart * 512},
           std::vector<fmp4::Sample>(kFramesPerPart,
                                     {.duration = 512, .size = bytes_per_frame, .key = false}));
    ++parts_;
  }
  void push_audio() {
    const uint64_t video_end = parts_ * 24'000;  // in samples
    while ((audio_frame_ + next_audio_count()) * 1024 < video_end + 1024) push_audio_part();
  }
  /// Another run of the encoder: it begins with the next segment, and `gap_s` later.
  void restart(uint64_t gap_s) {
    EXPECT_EQ(parts_ % kPartsPerSegment, 0U) << "restart at the end of a segment";
    restart_ = parts_;
    audio_restart_ = segment_frame(parts_ / kPartsPerSegment);
    while (audio_frame_ < audio_restart_) push_audio_part();
    shift_s_ += gap_s;
  }
  /// Leaves out what the video would have sent.
  void lose_video_part() { ++parts_; }
  void lose_audio_until_now() {
    const uint64_t video_end = parts_ * 24'000;
    audio_frame_ = segment_frame(video_end / 96'000);
  }

  uint64_t parts() const { return parts_; }
  /// The bytes of all parts of a rendition, in order.
  const std::vector<std::vector<std::byte>>& sent(size_t rendition) const {
    return sent_[rendition];
  }
  core::Result<> last_result() const { return result_; }
  uint32_t bytes_per_frame = 40;

 private:
  /// The first frame of sound at or behind the beginning of a segment.
  static uint64_t segment_frame(uint64_t segment) { return (segment * 96'000 + 1023) / 1024; }

  /// A frame that begins before a cut belongs to the segment before it.
  uint64_t audio_segment() const {
    const uint64_t segment = audio_frame_ * 1024 / 96'000;
    return audio_frame_ >= segment_frame(segment) ? segment : segment - 1;
  }
  uint64_t next_audio_count() const {
    return std::min(kAudioFramesPerPart, segment_frame(audio_segment() + 1) - audio_frame_);
  }

  void push_audio_part() {
    const uint64_t count = next_audio_count();
    const bool begins = audio_frame_ == segment_frame(audio_segment());
    const bool is_new = begins && audio_frame_ == audio_restart_ && restart_ > 0;
    append(1,
           {.place = is_new   ? live::PartPlace::kAfterDiscontinuity
                     : begins ? live::PartPlace::kBeginsSegment
                              : live::PartPlace::kWithinSegment,
            .independent = true,
            .decode_time = shift_s_ * 48'000 + audio_frame_ * 1024},
           std::vector<fmp4::Sample>(count, {.duration = 1024, .size = 20, .key = true}));
    audio_frame_ += count;
  }

  void append(size_t rendition, live::LivePart part, std::vector<fmp4::Sample> samples) {
    samples.front().key = part.independent;
    std::vector<std::byte> bytes;
    fmp4::append_fragment_head(bytes, {.sequence = ++sequence_, .decode_time = part.decode_time},
                               samples);
    for (const fmp4::Sample& sample : samples) {
      bytes.insert(bytes.end(), sample.size, static_cast<std::byte>(sequence_));
      part.duration += sample.duration;
    }
    part.bytes = bytes;
    result_ = stream_.append(rendition, part);
    EXPECT_TRUE(result_ || expects_errors) << result_.error().what;
    sent_[rendition].push_back(std::move(bytes));
  }

 public:
  bool expects_errors = false;

 private:
  live::LiveStream& stream_;
  const bool has_sound_;
  uint64_t parts_ = 0;
  uint64_t audio_frame_ = 0;
  uint64_t restart_ = UINT64_MAX;
  uint64_t audio_restart_ = 0;
  uint64_t shift_s_ = 0;
  uint32_t sequence_ = 0;
  core::Result<> result_;
  std::array<std::vector<std::vector<std::byte>>, 2> sent_;
};

}  // namespace millrace::media::test
