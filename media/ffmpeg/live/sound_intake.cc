#include "media/ffmpeg/live/sound_intake.h"

#include <utility>

namespace millrace::media::ffmpeg {

using worker::NoticeKind;

Outcome<std::vector<LivePacket>> SoundIntake::take(LivePacket packet) {
  std::vector<LivePacket> taken;
  if (!form_.convert(packet)) return taken;
  measure(packet);
  const bool has_time = clock_.repair(packet);
  const bool passes =
      form_.format() && spec_.live.pass_through == worker::PassThrough::kWherePossible;
  if (!passes) return convert(packet);
  if (!has_time) return taken;
  format_ = form_.format();
  taken.push_back(std::move(packet));
  return taken;
}

/// Of several packets that came under one time, each follows the one before.
void SoundIntake::measure(LivePacket& packet) {
  AVPacket& raw = *packet.packet;
  if (const auto& format = form_.format()) {
    packet.samples = form_.packet_samples();
    raw.duration = av_rescale(packet.samples, kMicroseconds.den, format->sample_rate);
  }
  if (raw.pts == AV_NOPTS_VALUE || raw.pts == time_) {
    raw.pts = raw.dts = raw.duration > 0 ? end_ : AV_NOPTS_VALUE;
  } else {
    time_ = raw.pts;
  }
  end_ = raw.pts == AV_NOPTS_VALUE ? raw.pts : av_sat_add64(raw.pts, raw.duration);
}

Outcome<std::vector<LivePacket>> SoundIntake::convert(const LivePacket& packet) {
  std::vector<LivePacket> converted;
  if (packet.codec == refused_) return converted;
  if (converter_ == nullptr || converter_->codec() != packet.codec) {
    if (auto opened = open_converter(packet); !opened) return std::unexpected(opened.error());
    if (converter_ == nullptr) return converted;
  }
  if (auto done = converter_->convert(packet, converted); !done) {
    return std::unexpected(done.error());
  }
  if (!converted.empty()) format_ = converter_->format();
  return converted;
}

Outcome<> SoundIntake::open_converter(const LivePacket& packet) {
  auto converter = SoundConverter::open(packet, spec_.audio.front());
  converter_ = converter ? std::move(*converter) : nullptr;
  if (converter_ == nullptr) refused_ = packet.codec;
  return outlet_.notice(
      {.kind = converter_ == nullptr ? NoticeKind::kPacketsDropped : NoticeKind::kNotPassedOn,
       .subject = avcodec_get_name(packet.codec)});
}

}  // namespace millrace::media::ffmpeg
