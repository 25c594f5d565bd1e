// One stream's decoder.
#pragma once

#include <cstdint>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outcome.h"

namespace millrace::media::ffmpeg {

/// Damaged packets are counted and skipped: what can be decoded is.
class Decoder {
 public:
  struct Settings {
    int thread_count = 1;
    uint64_t pixels_max = 0;  ///< Of a coded picture: libav refuses a larger one before allocating.
    bool strict = false;      ///< Count every deviation as an error, for a check of our own output.
  };

  /// Errors: kCodecUnsupported.
  static Outcome<Decoder> open(const AVStream& stream, const Settings& settings);
  /// For packets whose times count in `time_base`.
  static Outcome<Decoder> open(const AVCodecParameters& codec, AVRational time_base,
                               const Settings& settings);

  /// Null: no packet follows. Take all frames with receive() before the next call.
  Outcome<> send(const AVPacket* packet);
  /// Null: the next packet is wanted, or nothing is left. Its time is `best_effort_timestamp`, in
  /// the stream's time base.
  Outcome<FramePtr> receive();

  /// After the null packet: forgets the stream so far; a key frame follows.
  void restart() noexcept { avcodec_flush_buffers(codec_.get()); }
  /// As the stream itself says it, once a frame was received; 0/1: it does not.
  AVRational frame_rate() const noexcept { return codec_->framerate; }
  uint64_t frame_count() const noexcept { return frame_count_; }
  uint64_t packet_count() const noexcept { return packet_count_; }
  /// Packets refused and frames that the decoder itself calls broken.
  uint64_t error_count() const noexcept { return error_count_; }

 private:
  CodecPtr codec_;
  uint64_t frame_count_ = 0;
  uint64_t packet_count_ = 0;
  uint64_t error_count_ = 0;
};

}  // namespace millrace::media::ffmpeg
