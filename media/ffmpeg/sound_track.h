// From decoded sound of any shape to one unbroken run of PCM, in step with the picture.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "media/ffmpeg/audio_encoder.h"
#include "media/ffmpeg/frame_queue.h"
#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outcome.h"

namespace millrace::media::ffmpeg {

inline constexpr int64_t kSoundOverhangMax_us = worker::kSoundOverhangUsMax;

/// Resamples to 48 kHz stereo and keeps sample n of the output at n/48000 s of the presentation:
/// gaps become silence, overlaps are dropped, differences up to kSoundDriftUsMax are left
/// alone. Half a second is held back, so that the end can still be cut where the picture ends.
class SoundTrack {
 public:
  /// Feeds `queues`, borrowed.
  explicit SoundTrack(std::vector<FrameQueue*> queues) : queues_(std::move(queues)) {}

  /// `pts` of the frame in microseconds from the presentation's start, or AV_NOPTS_VALUE: it
  /// follows the one before. Errors: kDamaged (absurd formats), kCancelled (nobody takes the sound
  /// any more).
  Outcome<> put(const AVFrame& frame);

  /// Samples of output that `put` has made so far.
  int64_t end() const noexcept { return end_; }

  /// Makes the sound end at exactly this sample: cuts what is held back, or adds silence. No frame
  /// may follow.
  Outcome<> finish(int64_t end);

 private:
  struct Shape {
    int sample_rate = 0;
    int format = 0;
    int channels = 0;
    uint64_t layout_mask = 0;  ///< 0: which channel is which is not known.

    static Shape of(const AVFrame& frame) noexcept;
    bool operator==(const Shape&) const = default;
  };

  Outcome<> reshape(const AVFrame& frame);
  Outcome<> convert(const AVFrame* frame, int64_t drop);
  Outcome<> add_silence(int64_t samples);
  Outcome<> add(FramePtr pcm);
  Outcome<> release(int64_t samples_kept);
  int64_t drift(const AVFrame& frame) const noexcept;

  std::vector<FrameQueue*> queues_;
  std::optional<Shape> shape_;
  ResamplerPtr resampler_;
  std::deque<FramePtr> held_;
  int64_t held_samples_ = 0;
  int64_t end_ = 0;
};

}  // namespace millrace::media::ffmpeg
