#include "media/ffmpeg/live/flv_live_input.h"

#include <algorithm>

#include "media/ffmpeg/live/picture_clock.h"
#include "media/ffmpeg/live/picture_form.h"
#include "media/flv/stream_metadata.h"

namespace millrace::media::ffmpeg {
namespace {

AVCodecID codec_of(flv::VideoCodec codec) noexcept {
  switch (codec) {
    case flv::VideoCodec::kH264:
      return AV_CODEC_ID_H264;
    case flv::VideoCodec::kHevc:
      return AV_CODEC_ID_HEVC;
    case flv::VideoCodec::kAv1:
      return AV_CODEC_ID_AV1;
    case flv::VideoCodec::kVp8:
      return AV_CODEC_ID_VP8;
    case flv::VideoCodec::kVp9:
      return AV_CODEC_ID_VP9;
    case flv::VideoCodec::kUnknown:
      break;
  }
  return AV_CODEC_ID_NONE;
}

AVCodecID codec_of(flv::AudioCodec codec) noexcept {
  switch (codec) {
    case flv::AudioCodec::kAac:
      return AV_CODEC_ID_AAC;
    case flv::AudioCodec::kMp3:
      return AV_CODEC_ID_MP3;
    case flv::AudioCodec::kOpus:
      return AV_CODEC_ID_OPUS;
    case flv::AudioCodec::kFlac:
      return AV_CODEC_ID_FLAC;
    case flv::AudioCodec::kAc3:
      return AV_CODEC_ID_AC3;
    case flv::AudioCodec::kEac3:
      return AV_CODEC_ID_EAC3;
    case flv::AudioCodec::kUnknown:
      break;
  }
  return AV_CODEC_ID_NONE;
}

int64_t time_us(const flv::Tag& tag, uint32_t offset_ns) noexcept {
  return tag.timestamp_ms * 1000 + offset_ns / 1000;
}

}  // namespace

Outcome<bool> FlvLiveInput::read(LivePacket& packet) {
  while (true) {
    const auto tag = reader_.next(unread_);
    if (!tag) return worker::job_failure(FailureReason::kDamaged, tag.error().what);
    if (*tag) {
      if (take(**tag, packet)) return true;
      continue;
    }
    const auto got = source_.read(buffer_);
    if (!got) return worker::job_failure(got.error());
    if (*got == 0) return false;
    unread_ = std::span(buffer_).first(*got);
  }
}

bool FlvLiveInput::take(const flv::Tag& tag, LivePacket& packet) {
  switch (tag.type) {
    case flv::TagType::kVideo:
      return take_video(tag, packet);
    case flv::TagType::kAudio:
      return take_audio(tag, packet);
    case flv::TagType::kScript:
      take_metadata(tag);
      return false;
  }
  return false;
}

void FlvLiveInput::take_metadata(const flv::Tag& tag) {
  const auto metadata = flv::parse_metadata(tag.body);
  if (!metadata) return;
  const bool video =
      metadata->width > 0 || metadata->frame_rate_fps > 0 || metadata->video_bitrate_bps > 0;
  const bool audio = metadata->audio_sample_rate_hz > 0 || metadata->audio_bitrate_bps > 0;
  if (video || audio) announced_ = {video, audio};
  claimed_rate_ = usual_rate(metadata->frame_rate_fps);
}

/// An unchanged one keeps its identity.
void FlvLiveInput::keep_config(Timeline::Stream kind, std::span<const std::byte> config) {
  CodecConfig& kept = configs_[static_cast<size_t>(kind)];
  if (kept != nullptr && std::ranges::equal(*kept, config)) return;
  kept = std::make_shared<std::vector<std::byte>>(config.begin(), config.end());
}

bool FlvLiveInput::take_video(const flv::Tag& tag, LivePacket& packet) {
  const auto video = flv::parse_video(tag.body);
  if (!video || codec_of(video->codec) == AV_CODEC_ID_NONE) return false;
  if (video->kind == flv::PacketKind::kConfig) {
    keep_config(Timeline::Stream::kVideo, video->payload);
  }
  if (video->kind != flv::PacketKind::kFrame) return false;
  packet.kind = Timeline::Stream::kVideo;
  packet.codec = codec_of(video->codec);
  packet.config = configs_[static_cast<size_t>(packet.kind)];
  AVPacket& raw = *packet.packet;
  replace_bytes(raw, video->payload);
  raw.dts = time_us(tag, video->timestamp_offset_ns);
  raw.pts = raw.dts + int64_t{video->composition_offset_ms} * 1000;
  raw.flags = video->is_key_frame ? AV_PKT_FLAG_KEY : 0;
  return true;
}

bool FlvLiveInput::take_audio(const flv::Tag& tag, LivePacket& packet) {
  const auto audio = flv::parse_audio(tag.body);
  if (!audio || codec_of(audio->codec) == AV_CODEC_ID_NONE) return false;
  if (audio->kind == flv::PacketKind::kConfig) {
    keep_config(Timeline::Stream::kAudio, audio->payload);
  }
  if (audio->kind != flv::PacketKind::kFrame) return false;
  packet.kind = Timeline::Stream::kAudio;
  packet.codec = codec_of(audio->codec);
  packet.config = configs_[static_cast<size_t>(packet.kind)];
  // Raw AAC says nothing without it.
  if (packet.codec == AV_CODEC_ID_AAC && packet.config == nullptr) return false;
  AVPacket& raw = *packet.packet;
  replace_bytes(raw, audio->payload);
  raw.dts = raw.pts = time_us(tag, audio->timestamp_offset_ns);
  raw.flags = AV_PKT_FLAG_KEY;
  return true;
}

}  // namespace millrace::media::ffmpeg
