// MPEG-TS and fragmented MP4 by libavformat, from a source without end.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "media/ffmpeg/live/live_input.h"
#include "media/worker/source.h"

namespace millrace::media::ffmpeg {

/// Nothing is probed: pictures and sound tell by themselves what they are, so the first packet is
/// out as soon as it is there. Bytes that are not of the container are skipped.
class AvLiveInput final : public LiveInput {
 public:
  static Outcome<std::unique_ptr<LiveInput>> open(worker::Source& source, const char* demuxer);
  ~AvLiveInput() override;

  Outcome<bool> read(LivePacket& packet) override;
  const char* container() const noexcept override { return format_->iformat->name; }
  int64_t sound_late_max_us() const noexcept override;
  bool announces(Timeline::Stream kind) const noexcept override;

 private:
  /// A stream's packets go on being used while another of its kind appears beside it.
  struct Chosen {
    int index = -1;
    int foreign_count = 0;  ///< Packets of others of its kind since its own last one.
    CodecConfig config;
  };

  explicit AvLiveInput(worker::Source& source);
  static int read_source(void* self, uint8_t* buffer, int size);
  static int64_t refuse_seek(void* self, int64_t offset, int whence);
  Outcome<> check(const AVStream& stream) const;
  bool choose(const AVStream& stream);
  void describe(const AVStream& stream, LivePacket& packet);
  int64_t unwrapped(int64_t time, const AVStream& stream);

  worker::Source& source_;
  core::Result<> source_state_;
  size_t useless_size_ = 0;  ///< Read since the last packet.
  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  std::array<Chosen, 2> chosen_;
  std::optional<int64_t> last_time_;  ///< Of any stream, in 90 kHz ticks, unwrapped.
};

}  // namespace millrace::media::ffmpeg
