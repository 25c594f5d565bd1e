#include "media/ffmpeg/packet_times.h"

#include <algorithm>
#include <array>

#include "media/ffmpeg/sound_track.h"

namespace millrace::media::ffmpeg {
namespace {

constexpr uint64_t kScanSizeMax = 1 << 30;  // Some seconds of reading.

}  // namespace

int64_t longest_gap_us(bool clock_may_jump) noexcept {
  return clock_may_jump ? 10'000'000 : 120'000'000;
}

void repair_times(Timeline& timeline, Timeline::Stream kind, const AVStream& stream,
                  AVPacket& packet) {
  const int64_t time = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (time == AV_NOPTS_VALUE) return;
  const int64_t correction_us =
      timeline.correction_us(kind, av_rescale_q(time, stream.time_base, kMicroseconds),
                             av_rescale_q(packet.duration, stream.time_base, kMicroseconds));
  const int64_t correction = av_rescale_q(correction_us, kMicroseconds, stream.time_base);
  if (packet.dts != AV_NOPTS_VALUE) packet.dts = av_sat_add64(packet.dts, correction);
  if (packet.pts != AV_NOPTS_VALUE) packet.pts = av_sat_add64(packet.pts, correction);
}

int64_t scan_duration_us(Input& input, uint64_t source_size) {
  if (source_size > kScanSizeMax) return 0;
  int64_t zero_us = INT64_MAX;
  for (const AVStream* stream : {input.video(), input.audio()}) {
    const int64_t start = Input::start_us(stream);
    if (start != AV_NOPTS_VALUE) zero_us = std::min(zero_us, start);
  }
  Timeline timeline({.zero_us = zero_us == INT64_MAX ? 0 : zero_us,
                     .longest_gap_us = longest_gap_us(input.clock_may_jump())});
  std::array<int64_t, 2> end_us{};
  const PacketPtr packet = new_packet();
  while (input.read(*packet).value_or(false)) {
    const bool of_video = input.video() != nullptr && packet->stream_index == input.video()->index;
    const AVStream& stream = of_video ? *input.video() : *input.audio();
    const auto kind = of_video ? Timeline::Stream::kVideo : Timeline::Stream::kAudio;
    repair_times(timeline, kind, stream, *packet);
    if (packet->pts == AV_NOPTS_VALUE) continue;
    int64_t& end = end_us[static_cast<size_t>(kind)];
    end = std::max(end, av_rescale_q(av_sat_add64(packet->pts, packet->duration), stream.time_base,
                                     kMicroseconds));
  }
  const auto [pictures, sound] = end_us;
  return sound - pictures > kSoundOverhangMax_us ? sound : pictures;
}

}  // namespace millrace::media::ffmpeg
