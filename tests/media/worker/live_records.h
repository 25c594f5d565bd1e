// Records as the honest worker of a live stream would send them: 30 frames a second, parts of half
// a second, segments of two.
#pragma once

#include "tests/media/worker/sample_records.h"

namespace millrace::media::worker::test {

inline constexpr uint32_t kLiveFrame = kLiveTimescale / 30;
inline constexpr uint32_t kPartFrames = 15;
inline constexpr uint64_t kPartDuration = uint64_t{kLiveFrame} * kPartFrames;
inline constexpr uint32_t kPartsPerSegment = 4;

inline JobSpec live_spec() {
  JobSpec spec{.kind = JobKind::kLive};
  spec.ladder.push_back({.quality = "240p",
                         .codec = fmp4::Codec::kH264,
                         .height = 240,
                         .bitrate_bps = 400'000,
                         .max_bitrate_bps = 600'000,
                         .preset = "superfast"});
  spec.audio.push_back({.quality = "audio", .codec = fmp4::Codec::kAac, .bitrate_bps = 128'000});
  spec.live.target_duration_s = 2;
  return spec;
}

inline ProbeReport live_probe() {
  return {.container = "mpegts",
          .video_codec = "h264",
          .width = 1280,
          .height = 720,
          .frame_rate_num = 30,
          .frame_rate_den = 1,
          .audio_codec = "aac",
          .channels = 2,
          .sample_rate = 48'000,
          .qualities = {"source", "audio", "240p"},
          .part_target_ms = 500};
}

inline TrackReport live_track(uint32_t track = 0, std::string quality = "source",
                              uint32_t height = 720) {
  fmp4::TrackFormat format{.codec = fmp4::Codec::kH264,
                           .timescale = kLiveTimescale,
                           .width = height * 16 / 9,
                           .height = height,
                           .frame_duration = kLiveFrame,
                           .decoder_config = {}};
  format.decoder_config.assign({std::byte{1}, std::byte{0x64}, std::byte{0}, std::byte{0x1F}});
  TrackReport report{.track = track, .quality = std::move(quality)};
  fmp4::append_init_segment(report.init_segment, format);
  return report;
}

struct PartShape {
  uint32_t index = 0;
  int64_t shift = 0;  ///< Of the decode time, from where the part should be.
  uint32_t frames = kPartFrames;
  uint32_t frame_size = 100;
  bool key = true;
  std::optional<uint8_t> flags = std::nullopt;
};

struct LivePart {
  uint8_t flags = 0;
  std::vector<std::byte> bytes;
};

/// The `index`-th part of a track; a key frame and a segment every kPartsPerSegment parts.
inline LivePart live_part(const PartShape& shape) {
  const bool starts = shape.index % kPartsPerSegment == 0;
  const bool key = shape.key && starts;
  LivePart part;
  part.flags = static_cast<uint8_t>((starts ? PartFlags::kStartsSegment : 0) |
                                    (key ? PartFlags::kIndependent : 0));
  if (shape.flags) part.flags = *shape.flags;
  std::vector<fmp4::Sample> samples(shape.frames,
                                    {.duration = kLiveFrame, .size = shape.frame_size});
  samples.front().key = key;
  const auto decode_time = static_cast<int64_t>(shape.index * kPartDuration) + shape.shift;
  fmp4::append_fragment_head(
      part.bytes, {.sequence = shape.index + 1, .decode_time = static_cast<uint64_t>(decode_time)},
      samples);
  part.bytes.resize(part.bytes.size() + size_t{shape.frame_size} * shape.frames, std::byte{0xAB});
  return part;
}

inline core::ShmRecord part_record(const LivePart& part, uint32_t track = 0) {
  WireWriter wire;
  wire.u32(track);
  wire.u8(part.flags);
  auto out = record(UpRecord::kPart, wire.view());
  out.payload.insert(out.payload.end(), part.bytes.begin(), part.bytes.end());
  return out;
}

}  // namespace millrace::media::worker::test
