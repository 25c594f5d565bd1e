// Records as an honest worker would send them.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "core/shm_ring.h"
#include "media/fmp4/fragment.h"
#include "media/fmp4/init_segment.h"
#include "media/worker/records.h"

namespace millrace::media::worker::test {

inline constexpr uint32_t kTimescale = 30'000;
inline constexpr uint32_t kFrameDuration = 1'000;
inline constexpr uint32_t kFramesPerFragment = 60;
inline constexpr uint64_t kFragmentDuration = uint64_t{kFrameDuration} * kFramesPerFragment;

inline JobSpec transcode_spec() {
  JobSpec spec;
  spec.ladder.push_back({.quality = "240p",
                         .codec = fmp4::Codec::kH264,
                         .height = 240,
                         .bitrate_bps = 400'000,
                         .max_bitrate_bps = 600'000,
                         .preset = "veryfast"});
  spec.audio.push_back({.quality = "audio-64k", .codec = fmp4::Codec::kAac, .bitrate_bps = 64'000});
  spec.source_size = 1'000'000;
  spec.file_extension = "mp4";
  return spec;
}

inline core::ShmRecord record(UpRecord type, std::span<const std::byte> payload = {}) {
  return {.type = static_cast<uint32_t>(type), .payload = {payload.begin(), payload.end()}};
}

template <class T>
core::ShmRecord record(UpRecord type, const T& value) {
  const WireWriter wire = encode(value);
  return record(type, wire.view());
}

inline ProbeReport probe_report() {
  return {.container = "mov",
          .duration_us = 4'000'000,
          .video_codec = "h264",
          .width = 426,
          .height = 240,
          .frame_rate_num = 30,
          .frame_rate_den = 1,
          .audio_codec = "",
          .qualities = {"240p"}};
}

/// Of as many fragments as a test sends.
inline SourceLength source_length(uint32_t fragment_count) {
  return {.video_us = fragment_count * kFragmentDuration * 1'000'000 / kTimescale};
}

inline std::vector<std::byte> init_segment(fmp4::Codec codec = fmp4::Codec::kH264,
                                           uint32_t height = 240) {
  fmp4::TrackFormat format{.codec = codec, .timescale = kTimescale, .decoder_config = {}};
  format.decoder_config.assign({std::byte{1}, std::byte{0x64}, std::byte{0}, std::byte{0x1F}});
  if (fmp4::kind_of(codec) == fmp4::MediaKind::kVideo) {
    format.width = 426;
    format.height = height;
    format.frame_duration = kFrameDuration;
  } else {
    format.channels = 2;
    format.sample_rate = 48'000;
  }
  std::vector<std::byte> out;
  fmp4::append_init_segment(out, format);
  return out;
}

inline TrackReport track_report() {
  return {.track = 0,
          .quality = "240p",
          .kind = fmp4::MediaKind::kVideo,
          .fragment_count_expected = 2,
          .init_segment = init_segment()};
}

struct FragmentShape {
  uint32_t index = 0;
  uint64_t decode_time = 0;
  uint32_t sample_size = 100;
  bool key = true;
};

inline std::vector<std::byte> fragment(const FragmentShape& shape) {
  std::vector<fmp4::Sample> samples(kFramesPerFragment,
                                    {.duration = kFrameDuration, .size = shape.sample_size});
  samples.front().key = shape.key;
  std::vector<std::byte> out;
  fmp4::append_fragment_head(out, {.sequence = shape.index + 1, .decode_time = shape.decode_time},
                             samples);
  out.resize(out.size() + size_t{shape.sample_size} * kFramesPerFragment, std::byte{0xAB});
  return out;
}

/// The `index`-th fragment of a track without gaps.
inline std::vector<std::byte> fragment(uint32_t index) {
  return fragment({.index = index, .decode_time = index * kFragmentDuration});
}

inline core::ShmRecord fragment_record(uint32_t track, std::span<const std::byte> bytes) {
  WireWriter wire;
  wire.u32(track);
  auto out = record(UpRecord::kFragment, wire.view());
  out.payload.insert(out.payload.end(), bytes.begin(), bytes.end());
  return out;
}

inline core::ShmRecord track_done_record(uint32_t track) {
  WireWriter wire;
  wire.u32(track);
  return record(UpRecord::kTrackDone, wire.view());
}

}  // namespace millrace::media::worker::test
