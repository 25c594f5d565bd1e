#include "media/worker/records.h"

namespace millrace::media::worker {
namespace {

fmp4::Codec read_codec(WireReader& in) noexcept {
  const uint8_t codec = in.u8();
  in.require(codec <= static_cast<uint8_t>(fmp4::Codec::kOpus));
  return static_cast<fmp4::Codec>(codec);
}

void write(WireWriter& out, const RungSpec& rung) {
  out.text(rung.quality);
  out.u8(static_cast<uint8_t>(rung.codec));
  out.u32(rung.height);
  out.u32(rung.bitrate_bps);
  out.u32(rung.max_bitrate_bps);
  out.text(rung.preset);
}

RungSpec read_rung(WireReader& in) {
  RungSpec rung;
  rung.quality = in.text(kNameSizeMax);
  rung.codec = read_codec(in);
  rung.height = in.u32();
  rung.bitrate_bps = in.u32();
  rung.max_bitrate_bps = in.u32();
  rung.preset = in.text(kNameSizeMax);
  return rung;
}

void write(WireWriter& out, const AudioSpec& audio) {
  out.text(audio.quality);
  out.u8(static_cast<uint8_t>(audio.codec));
  out.u32(audio.bitrate_bps);
}

AudioSpec read_audio(WireReader& in) {
  AudioSpec audio;
  audio.quality = in.text(kNameSizeMax);
  audio.codec = read_codec(in);
  audio.bitrate_bps = in.u32();
  return audio;
}

void write(WireWriter& out, const JobLimits& limits) {
  out.u32(limits.width_max);
  out.u32(limits.height_max);
  out.u64(limits.pixels_max);
  out.u64(limits.duration_ms_max);
  out.u64(limits.memory_size_max);
  out.u32(limits.cpu_seconds_max);
}

JobLimits read_limits(WireReader& in) noexcept {
  JobLimits limits;
  limits.width_max = in.u32();
  limits.height_max = in.u32();
  limits.pixels_max = in.u64();
  limits.duration_ms_max = in.u64();
  limits.memory_size_max = in.u64();
  limits.cpu_seconds_max = in.u32();
  return limits;
}

void write(WireWriter& out, const LiveSpec& live) {
  out.u8(static_cast<uint8_t>(live.container));
  out.u8(static_cast<uint8_t>(live.pass_through));
  out.text(live.source_quality);
  out.u32(live.part_ms);
  out.u32(live.part_target_ms);
  out.u32(live.target_duration_s);
  out.u64(live.first_media_time_us);
  out.u32(live.first_sequence);
  out.u32(live.rung_lag_max_ms);
  out.u32(live.thumbnail_ms);
  out.u64(live.bitrate_max_bps);
}

LiveSpec read_live(WireReader& in) {
  LiveSpec live;
  const uint8_t container = in.u8();
  in.require(container <= static_cast<uint8_t>(LiveContainer::kFmp4));
  live.container = static_cast<LiveContainer>(container);
  const uint8_t pass_through = in.u8();
  in.require(pass_through <= static_cast<uint8_t>(PassThrough::kNever));
  live.pass_through = static_cast<PassThrough>(pass_through);
  live.source_quality = in.text(kNameSizeMax);
  live.part_ms = in.u32();
  live.part_target_ms = in.u32();
  live.target_duration_s = in.u32();
  live.first_media_time_us = in.u64();
  live.first_sequence = in.u32();
  live.rung_lag_max_ms = in.u32();
  live.thumbnail_ms = in.u32();
  live.bitrate_max_bps = in.u64();
  return live;
}

}  // namespace

WireWriter encode(const JobSpec& spec) {
  WireWriter out;
  out.u8(static_cast<uint8_t>(spec.kind));
  out.u32(static_cast<uint32_t>(spec.ladder.size()));
  for (const RungSpec& rung : spec.ladder) write(out, rung);
  out.u32(static_cast<uint32_t>(spec.audio.size()));
  for (const AudioSpec& audio : spec.audio) write(out, audio);
  out.u32(spec.gop_ms);
  out.u32(spec.thread_count);
  out.u64(spec.source_size);
  out.text(spec.file_extension);
  write(out, spec.limits);
  write(out, spec.live);
  return out;
}

core::Result<JobSpec> parse_job(std::span<const std::byte> payload) {
  WireReader in(payload);
  JobSpec spec;
  const uint8_t kind = in.u8();
  in.require(kind <= static_cast<uint8_t>(JobKind::kLive));
  spec.kind = static_cast<JobKind>(kind);
  const uint32_t rung_count = in.u32_up_to(kRungCountMax);
  for (uint32_t i = 0; in.ok() && i < rung_count; ++i) spec.ladder.push_back(read_rung(in));
  const uint32_t audio_count = in.u32_up_to(kAudioCountMax);
  for (uint32_t i = 0; in.ok() && i < audio_count; ++i) spec.audio.push_back(read_audio(in));
  spec.gop_ms = in.u32();
  spec.thread_count = in.u32();
  spec.source_size = in.u64();
  spec.file_extension = in.text(kNameSizeMax);
  spec.limits = read_limits(in);
  spec.live = read_live(in);
  if (!in.complete()) return core::fail(core::ErrorCode::kMalformed, "job record");
  return spec;
}

}  // namespace millrace::media::worker
