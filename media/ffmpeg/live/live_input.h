// A publisher's stream, taken apart as it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outcome.h"
#include "media/ffmpeg/timeline.h"
#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

using CodecConfig = std::shared_ptr<const std::vector<std::byte>>;

/// One access unit of picture or packet of sound.
struct LivePacket {
  /// Times in microseconds on the publisher's clock, which runs on where its 33 bits wrap.
  PacketPtr packet = new_packet();
  Timeline::Stream kind = Timeline::Stream::kVideo;
  AVCodecID codec = AV_CODEC_ID_NONE;
  /// What the container says of the codec (avcC, AudioSpecificConfig, OpusHead, …); null where the
  /// stream itself says it.
  CodecConfig config;
  uint32_t samples = 0;  ///< Of sound, once it was looked at: at its own rate.

  bool of_video() const noexcept { return kind == Timeline::Stream::kVideo; }
  bool key() const noexcept { return (packet->flags & AV_PKT_FLAG_KEY) != 0; }
};

/// Waits for the publisher as long as it takes, and for no more than one packet.
class LiveInput {
 public:
  virtual ~LiveInput() = default;

  /// False at the end. Errors: those of the source; kNotMedia, kNoStreams, kEncrypted.
  virtual Outcome<bool> read(LivePacket& packet) = 0;
  virtual const char* container() const noexcept = 0;
  /// What the container has announced so far; packets may still be missing.
  /// Frames a second, where the container says so; 0/1: it does not.
  virtual AVRational claimed_rate() const noexcept { return {0, 1}; }
  /// Sound may come this much after the pictures it belongs to; longer, and it is taken for
  /// missing.
  virtual int64_t sound_late_max_us() const noexcept = 0;
  virtual bool announces(Timeline::Stream kind) const noexcept = 0;
};

/// Borrows the source.
Outcome<std::unique_ptr<LiveInput>> open_live_input(worker::Source& source,
                                                    worker::LiveContainer container);

}  // namespace millrace::media::ffmpeg
