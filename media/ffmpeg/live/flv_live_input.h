// FLV by our own reader: it knows what enhanced RTMP brought, which libavformat 5.1 does not.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "media/ffmpeg/live/live_input.h"
#include "media/flv/audio_tag.h"
#include "media/flv/flv_reader.h"
#include "media/flv/video_tag.h"
#include "media/worker/source.h"

namespace millrace::media::ffmpeg {

class FlvLiveInput final : public LiveInput {
 public:
  /// Borrows the source.
  explicit FlvLiveInput(worker::Source& source) : source_(source), buffer_(kBufferSize) {}

  Outcome<bool> read(LivePacket& packet) override;
  const char* container() const noexcept override { return "flv"; }
  int64_t sound_late_max_us() const noexcept override { return 1'000'000; }
  /// Until the stream's metadata say otherwise, there may be both.
  bool announces(Timeline::Stream kind) const noexcept override {
    return announced_[static_cast<size_t>(kind)];
  }

  AVRational claimed_rate() const noexcept override { return claimed_rate_; }

 private:
  static constexpr size_t kBufferSize = 64 << 10;

  bool take(const flv::Tag& tag, LivePacket& packet);
  bool take_video(const flv::Tag& tag, LivePacket& packet);
  bool take_audio(const flv::Tag& tag, LivePacket& packet);
  void take_metadata(const flv::Tag& tag);
  void keep_config(Timeline::Stream kind, std::span<const std::byte> config);

  worker::Source& source_;
  flv::FlvReader reader_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> unread_;  // part of buffer_.
  std::array<CodecConfig, 2> configs_;
  std::array<bool, 2> announced_{true, true};
  AVRational claimed_rate_{0, 1};
};

}  // namespace millrace::media::ffmpeg
