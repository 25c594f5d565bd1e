// Presentations for tests of media/vod, made up in memory.
#pragma once

#include "media/vod/presentation.h"
#include "tests/media/tracks.h"

namespace millrace::media::test {

/// Pictures at 30 fps: `fragments` of 2 s, then one of `last_frames` frames.
inline track::TrackIndex video_index(size_t fragments, uint32_t last_frames = 0,
                                     track::TrackState state = track::TrackState::kFinished,
                                     uint32_t bytes_a_second = 50'000) {
  TrackFileWriter writer(h264_180p());
  for (size_t i = 0; i < fragments + (last_frames > 0); ++i) {
    const uint32_t frames = i < fragments ? 60 : last_frames;
    std::vector<fmp4::Sample> samples(frames, {.duration = 512, .size = bytes_a_second / 30});
    samples[0].key = true;
    writer.append(samples);
  }
  return state == track::TrackState::kFinished ? writer.finish().index : writer.snapshot();
}

/// Sound at 48 kHz: `fragments` of 94 packets, 2.0053 s.
inline track::TrackIndex audio_index(size_t fragments,
                                     track::TrackState state = track::TrackState::kFinished,
                                     uint32_t bytes_a_packet = 340) {
  TrackFileWriter writer(aac_stereo());
  for (size_t i = 0; i < fragments; ++i) {
    writer.append(
        std::vector<fmp4::Sample>(94, {.duration = 1024, .size = bytes_a_packet, .key = true}));
  }
  return state == track::TrackState::kFinished ? writer.finish().index : writer.snapshot();
}

/// The same media as another codec or another size of picture.
struct Look {
  fmp4::Codec codec = fmp4::Codec::kH264;
  uint32_t width = 0;
  uint32_t height = 0;
  std::string_view decoder_config_hex;
};

inline track::TrackIndex looking_like(const Look& look, size_t fragments, uint32_t frame_size) {
  fmp4::TrackFormat format =
      fmp4::kind_of(look.codec) == fmp4::MediaKind::kVideo ? h264_180p() : aac_stereo();
  format.codec = look.codec;
  if (format.kind() == fmp4::MediaKind::kVideo) {
    format.width = look.width;
    format.height = look.height;
  }
  if (!look.decoder_config_hex.empty()) format.decoder_config = from_hex(look.decoder_config_hex);
  const bool video = format.kind() == fmp4::MediaKind::kVideo;
  TrackFileWriter writer(format);
  for (size_t i = 0; i < fragments; ++i) {
    std::vector<fmp4::Sample> samples(
        video ? 60 : 94, {.duration = video ? 512u : 1024u, .size = frame_size, .key = !video});
    samples[0].key = true;
    writer.append(samples);
  }
  return writer.finish().index;
}

/// 720p, 360p (H.264), 720p-vp9, 720p-av1, AAC at 128k and 64k, Opus: 20 s.
inline vod::Presentation full_presentation() {
  using fmp4::Codec;
  const auto h264 = [](uint32_t width, uint32_t height) {
    return Look{.codec = Codec::kH264, .width = width, .height = height};
  };
  return {.id = "dQw4w9WgXcQ",
          .renditions = {
              {"720p", looking_like(h264(1280, 720), 10, 10'000)},
              {"360p", looking_like(h264(640, 360), 10, 3'000)},
              {"720p-vp9",
               looking_like({Codec::kVp9, 1280, 720, "01000000001f80020202 0000"}, 10, 6'000)},
              {"720p-av1", looking_like({Codec::kAv1, 1280, 720, "81050c00"}, 10, 5'000)},
              {"audio-128k", looking_like({.codec = Codec::kAac}, 10, 340)},
              {"audio-64k", looking_like({.codec = Codec::kAac}, 10, 170)},
              {"audio-128k-opus",
               looking_like({.codec = Codec::kOpus, .decoder_config_hex = "000201380000bb80000000"},
                            10, 320)},
          }};
}

}  // namespace millrace::media::test
