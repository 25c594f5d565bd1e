#include "media/library/job_plan.h"

#include <algorithm>
#include <array>
#include <string>

namespace millrace::media::library {
namespace {

struct Rung {
  uint32_t height;
  uint32_t bitrate_bps;
};

// H.264 with veryfast. The newer codecs reach the same picture with less: 0.65 and 0.5 of it.
constexpr std::array kRungs{Rung{1080, 4'500'000}, Rung{720, 2'500'000}, Rung{480, 1'200'000},
                            Rung{360, 700'000}, Rung{240, 350'000}};

struct LadderKind {
  fmp4::Codec codec;
  std::string_view suffix;
  double bitrate_scale;
};

LadderKind kind_of(core::LadderCodec codec) {
  switch (codec) {
    case core::LadderCodec::kH264:
      return {fmp4::Codec::kH264, "", 1.0};
    case core::LadderCodec::kVp9:
      return {fmp4::Codec::kVp9, "-vp9", 0.65};
    case core::LadderCodec::kAv1:
      return {fmp4::Codec::kAv1, "-av1", 0.5};
  }
  return {fmp4::Codec::kH264, "", 1.0};
}

std::string preset_of(const core::TranscodeConfig& config, core::LadderCodec codec) {
  switch (codec) {
    case core::LadderCodec::kH264:
      return config.h264_preset;
    case core::LadderCodec::kVp9:
      return std::to_string(config.vp9_speed);
    case core::LadderCodec::kAv1:
      return std::to_string(config.av1_preset);
  }
  return {};
}

/// A peak of 1.5 times the average: within the 200 % that SPECS MV-01 allows, with room for the
/// encoder to overshoot.
constexpr uint32_t peak_of(uint32_t bitrate_bps) { return bitrate_bps / 2 * 3; }

void add_ladder(const core::TranscodeConfig& config, core::LadderCodec codec,
                worker::JobSpec& spec) {
  const LadderKind kind = kind_of(codec);
  for (const Rung& rung : kRungs) {
    const auto bitrate =
        static_cast<uint32_t>(static_cast<double>(rung.bitrate_bps) * kind.bitrate_scale);
    spec.ladder.push_back({.quality = fmt::format("{}p{}", rung.height, kind.suffix),
                           .codec = kind.codec,
                           .height = rung.height,
                           .bitrate_bps = bitrate,
                           .max_bitrate_bps = peak_of(bitrate),
                           .preset = preset_of(config, codec)});
  }
}

void add_configured_rungs(const core::TranscodeConfig& config, worker::JobSpec& spec) {
  for (const core::RungConfig& rung : config.rung) {
    spec.ladder.push_back(
        {.quality = rung.quality,
         .codec = kind_of(rung.codec).codec,
         .height = rung.height,
         .bitrate_bps = rung.bitrate_bps,
         .max_bitrate_bps =
             rung.max_bitrate_bps != 0 ? rung.max_bitrate_bps : peak_of(rung.bitrate_bps),
         .preset = rung.preset.empty() ? preset_of(config, rung.codec) : rung.preset});
  }
}

/// "audio-128k" -> 128,000; the configuration has checked the form.
uint32_t audio_bitrate(std::string_view quality) {
  uint32_t kbps = 0;
  for (const char c : quality) {
    if (c >= '0' && c <= '9') kbps = kbps * 10 + static_cast<uint32_t>(c - '0');
  }
  return kbps * 1000;
}

/// AAC beside H.264, Opus beside VP9 and AV1: what is decoded wherever the video is.
void add_audio(const core::TranscodeConfig& config, worker::JobSpec& spec) {
  const auto has = [&](auto wanted) { return std::ranges::any_of(spec.ladder, wanted); };
  const bool aac = spec.ladder.empty() || has([](const worker::RungSpec& rung) {
                     return rung.codec == fmp4::Codec::kH264;
                   });
  const bool opus =
      has([](const worker::RungSpec& rung) { return rung.codec != fmp4::Codec::kH264; });
  for (const std::string& quality : config.audio) {
    const uint32_t bitrate = audio_bitrate(quality);
    if (aac) {
      spec.audio.push_back(
          {.quality = quality, .codec = fmp4::Codec::kAac, .bitrate_bps = bitrate});
    }
    if (opus) {
      spec.audio.push_back(
          {.quality = quality + "-opus", .codec = fmp4::Codec::kOpus, .bitrate_bps = bitrate});
    }
  }
}

std::string extension_of(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return {};
  std::string extension;
  for (const char c : file_name.substr(dot + 1)) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (!plain || extension.size() == 8) return {};
    extension.push_back(lower);
  }
  return extension;
}

/// Both sides may be as long as the limit so that a picture can stand upright; 16:9 of the longer
/// one is what it may hold.
uint64_t pixels_within(const core::TranscodeConfig& config) {
  const uint64_t side = std::max(config.max_width, config.max_height);
  return side * side * 9 / 16;
}

worker::JobSpec plan_of(const core::Config& config, worker::JobKind kind, uint64_t source_size) {
  worker::JobSpec spec;
  spec.kind = kind;
  spec.thread_count = config.workers.threads;
  spec.source_size = source_size;
  spec.gop_ms = static_cast<uint32_t>(config.transcode.gop_duration.count());
  spec.limits.width_max = config.transcode.max_width;
  spec.limits.height_max = config.transcode.max_height;
  spec.limits.pixels_max = pixels_within(config.transcode);
  spec.limits.duration_ms_max = static_cast<uint64_t>(config.transcode.max_duration.count());
  spec.limits.memory_size_max = config.workers.memory_max.value;
  return spec;
}

}  // namespace

worker::JobSpec transcode_plan(const core::Config& config, uint64_t source_size,
                               std::string_view file_name) {
  worker::JobSpec spec = plan_of(config, worker::JobKind::kTranscode, source_size);
  spec.file_extension = extension_of(file_name);
  if (config.transcode.rung.empty()) {
    for (const core::LadderCodec codec : config.transcode.ladder) {
      add_ladder(config.transcode, codec, spec);
    }
  } else {
    add_configured_rungs(config.transcode, spec);
  }
  add_audio(config.transcode, spec);
  return spec;
}

worker::JobSpec validation_plan(const core::Config& config, uint64_t track_size) {
  worker::JobSpec spec = plan_of(config, worker::JobKind::kValidate, track_size);
  spec.file_extension = "mp4";
  return spec;
}

worker::JobSpec export_plan(const core::Config& config) {
  return plan_of(config, worker::JobKind::kExportTs, 0);
}

}  // namespace millrace::media::library
