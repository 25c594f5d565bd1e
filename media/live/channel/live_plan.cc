#include "media/live/channel/live_plan.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "media/worker/worker_program.h"

namespace millrace::media::live {
namespace {

/// Viewers see a stopped picture meanwhile.
constexpr std::chrono::seconds kSilenceMax{10};

struct Rate {
  uint32_t height;
  uint32_t bitrate_bps;
};

// What a fast preset without look-ahead needs for a picture as good as an upload's.
constexpr std::array kRates{Rate{240, 450'000},   Rate{360, 850'000},    Rate{480, 1'500'000},
                            Rate{720, 3'000'000}, Rate{1080, 6'000'000}, Rate{2160, 18'000'000}};

/// Of the nearest height above; heights between two take the larger one's.
uint32_t bitrate_of(uint32_t height) {
  const auto* rate = std::ranges::find_if(
      kRates, [height](const Rate& candidate) { return candidate.height >= height; });
  return (rate == kRates.end() ? kRates.back() : *rate).bitrate_bps;
}

worker::LiveContainer container_of(IngestContainer container) {
  switch (container) {
    case IngestContainer::kFlv:
      return worker::LiveContainer::kFlv;
    case IngestContainer::kMpegTs:
      return worker::LiveContainer::kMpegTs;
    case IngestContainer::kFmp4:
      return worker::LiveContainer::kFmp4;
  }
  return worker::LiveContainer::kMpegTs;
}

worker::JobLimits limits_of(const core::Config& config, const core::ChannelConfig& channel) {
  worker::JobLimits limits;
  const uint64_t side = std::max(config.transcode.max_width, config.transcode.max_height);
  limits.width_max = config.transcode.max_width;
  limits.height_max = config.transcode.max_height;
  limits.pixels_max = side * side * 9 / 16;
  limits.memory_size_max = config.workers.memory_max.value;
  if (channel.height_max != 0) {
    // Of a picture in any orientation: 16:9, with a row or two of blocks to spare.
    const uint64_t height = channel.height_max + 16;
    limits.pixels_max = std::min(limits.pixels_max, height * (height * 16 / 9 + 16));
  }
  return limits;
}

}  // namespace

worker::JobSpec live_plan(const core::Config& config, const core::ChannelConfig& channel,
                          IngestContainer container) {
  worker::JobSpec spec;
  spec.kind = worker::JobKind::kLive;
  spec.thread_count = config.workers.threads;
  spec.limits = limits_of(config, channel);
  spec.live.container = container_of(container);
  spec.live.part_ms = static_cast<uint32_t>(config.live.part_duration.count());
  spec.live.target_duration_s = static_cast<uint32_t>(config.live.segment_duration.count() / 1000);
  spec.live.bitrate_max_bps = channel.bitrate_max_bps;
  for (const uint32_t height : config.live.heights) {
    const uint32_t bitrate = bitrate_of(height);
    spec.ladder.push_back({.quality = fmt::format("{}p", height),
                           .codec = fmp4::Codec::kH264,
                           .height = height,
                           .bitrate_bps = bitrate,
                           .max_bitrate_bps = bitrate / 2 * 3,
                           .preset = config.live.h264_preset});
  }
  spec.audio.push_back({.quality = "audio", .codec = fmp4::Codec::kAac, .bitrate_bps = 128'000});
  return spec;
}

worker::WorkerProgram live_worker_program(const core::WorkersConfig& config) {
  worker::WorkerProgram program = worker::worker_program(config);
  program.silence_max = std::min<std::chrono::nanoseconds>(program.silence_max, kSilenceMax);
  return program;
}

}  // namespace millrace::media::live
