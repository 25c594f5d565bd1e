// The publisher's sound, as it will stand in parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "media/ffmpeg/live/live_clock.h"
#include "media/ffmpeg/live/sound_converter.h"
#include "media/ffmpeg/live/sound_form.h"
#include "media/ffmpeg/outlet.h"

namespace millrace::media::ffmpeg {

/// Packets of AAC and Opus pass; those of other codecs are encoded anew. What cannot be decoded
/// either is left out, and said once.
class SoundIntake {
 public:
  /// All borrowed. `spec` has one rendition of sound at least.
  SoundIntake(const worker::JobSpec& spec, LiveClock& clock, Outlet& outlet) noexcept
      : spec_(spec), clock_(clock), outlet_(outlet) {}

  /// What becomes of a packet: none, one or several, with repaired times.
  Outcome<std::vector<LivePacket>> take(LivePacket packet);
  /// Of the newest packet that came out; nothing until then.
  const std::optional<SoundFormat>& format() const noexcept { return format_; }

 private:
  void measure(LivePacket& packet);
  Outcome<std::vector<LivePacket>> convert(const LivePacket& packet);
  Outcome<> open_converter(const LivePacket& packet);

  const worker::JobSpec& spec_;
  LiveClock& clock_;
  Outlet& outlet_;
  SoundForm form_;
  std::unique_ptr<SoundConverter> converter_;
  AVCodecID refused_ = AV_CODEC_ID_NONE;
  std::optional<SoundFormat> format_;
  int64_t time_ = AV_NOPTS_VALUE;  ///< Of the last packet that had one, as published.
  int64_t end_ = AV_NOPTS_VALUE;
};

}  // namespace millrace::media::ffmpeg
