// libavformat's MPEG-TS writer for one stream, into memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outcome.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

/// Times in 90 kHz ticks from the start of the track; on the wire they are 10 s later.
struct TsSample {
  int64_t decode_time = 0;
  int64_t presentation_time = 0;  ///< Not before decode_time.
  int64_t duration = 0;
  bool key = false;
  std::span<const std::byte> bytes;  ///< As in the MP4 sample.
};

class TsMuxer {
 public:
  static Outcome<std::unique_ptr<TsMuxer>> open(const fmp4::TrackFormat& format);
  TsMuxer(const TsMuxer&) = delete;
  TsMuxer& operator=(const TsMuxer&) = delete;
  ~TsMuxer();

  /// PAT and PMT come before the next sample.
  void repeat_tables();
  Outcome<> write(const TsSample& sample);
  /// Whole packets; nothing may be written after.
  Outcome<std::vector<std::byte>> finish();

 private:
  TsMuxer() = default;
  static int append(void* self, uint8_t* bytes, int size);

  AVFormatContext* format_ = nullptr;
  PacketPtr packet_ = new_packet();
  std::vector<std::byte> out_;
};

}  // namespace millrace::media::ffmpeg
