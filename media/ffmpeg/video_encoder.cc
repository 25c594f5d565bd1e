#include "media/ffmpeg/video_encoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "media/fmp4/decoder_config.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

const char* encoder_name(fmp4::Codec codec) noexcept {
  switch (codec) {
    case fmp4::Codec::kH264:
      return "libx264";
    case fmp4::Codec::kVp9:
      return "libvpx-vp9";
    case fmp4::Codec::kAv1:
      return "libsvtav1";
    case fmp4::Codec::kHevc:
    case fmp4::Codec::kAac:
    case fmp4::Codec::kOpus:
      break;
  }
  return nullptr;
}

/// Presets of the two newer codecs are numbers; a word keeps the default.
int preset_number(const std::string& preset, int fallback) {
  int number = fallback;
  std::from_chars(preset.data(), preset.data() + preset.size(), number);
  return number;
}

void set_h264(const VideoEncoderSettings& settings, Options& options) {
  const std::string& preset = settings.rung.spec.preset;
  options.set("preset", preset.empty() ? "veryfast" : preset.c_str())
      .set("profile", "high")
      .set("forced-idr", int64_t{1})
      .set("sc_threshold", int64_t{0})
      // NAL units with lengths in front, as a sample holds them: nothing is rewritten later.
      .set("x264-params", "annexb=0");
  if (settings.rung.spec.bitrate_bps == 0) options.set("crf", int64_t{23});
  if (settings.use == EncoderUse::kLive) options.set("tune", "zerolatency");
}

constexpr int kRealtimeSpeedMin = 5;  // libvpx: slower speeds are of the "good" deadline.

int vp9_speed(const VideoEncoderSettings& settings) {
  return std::clamp(preset_number(settings.rung.spec.preset, 6), 0, 8);
}

void set_vp9(const VideoEncoderSettings& settings, Options& options) {
  const bool realtime = vp9_speed(settings) >= kRealtimeSpeedMin;
  // Tiles are at least 256 pixels wide.
  const int tiles_log2 =
      static_cast<int>(std::log2(std::clamp(settings.rung.size.width / 256, 1, 16)));
  options.set("deadline", realtime ? "realtime" : "good")
      .set("cpu-used", int64_t{vp9_speed(settings)})
      .set("lag-in-frames", int64_t{realtime ? 0 : 12})
      .set("row-mt", int64_t{1})
      .set("tile-columns", int64_t{tiles_log2});
}

void set_av1(const VideoEncoderSettings& settings, Options& options) {
  options.set("preset", int64_t{std::clamp(preset_number(settings.rung.spec.preset, 10), 0, 13)})
      .set("svtav1-params", fmt::format("lp={}", settings.thread_count).c_str());
  if (settings.rung.spec.bitrate_bps == 0) options.set("crf", int64_t{35});
}

void set_rate(const VideoEncoderSettings& settings, AVCodecContext& codec) {
  const worker::RungSpec& spec = settings.rung.spec;
  codec.bit_rate = spec.bitrate_bps;
  // SVT-AV1 1.4 takes a peak rate with a quality target only, not beside an average.
  if (spec.codec == fmp4::Codec::kAv1 && spec.bitrate_bps != 0) return;
  const uint32_t peak = std::max(spec.max_bitrate_bps, spec.bitrate_bps);
  codec.rc_max_rate = peak;
  if (spec.codec == fmp4::Codec::kVp9) {
    // In one pass a mere target is passed by two thirds and more on noise; libvpx holds a constant
    // rate, which these three being equal asks for.
    codec.rc_max_rate = codec.rc_min_rate = codec.bit_rate;
  }
  // Seconds of the peak rate that a key frame may take from those after it.
  const uint64_t buffer_seconds = settings.use == EncoderUse::kLive ? 1 : 2;
  codec.rc_buffer_size = static_cast<int>(std::min<uint64_t>(peak * buffer_seconds, INT32_MAX));
}

void set_picture(const VideoEncoderSettings& settings, AVCodecContext& codec) {
  codec.width = settings.rung.size.width;
  codec.height = settings.rung.size.height;
  codec.pix_fmt = AV_PIX_FMT_YUV420P;
  codec.sample_aspect_ratio = {1, 1};
  codec.time_base = av_inv_q(settings.grid.rate);
  codec.framerate = settings.grid.rate;
  codec.gop_size = static_cast<int>(settings.frames_per_gop);
  codec.keyint_min = static_cast<int>(settings.frames_per_gop);
  codec.color_primaries = static_cast<AVColorPrimaries>(settings.colour.primaries);
  codec.color_trc = static_cast<AVColorTransferCharacteristic>(settings.colour.transfer);
  codec.colorspace = static_cast<AVColorSpace>(settings.colour.matrix);
  codec.color_range = AVCOL_RANGE_MPEG;
  codec.thread_count = settings.thread_count;
  codec.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;
}

/// Four bytes of length become start codes: what avc_decoder_config() reads.
std::vector<std::byte> with_start_codes(std::span<const std::byte> units) {
  std::vector<std::byte> out(units.begin(), units.end());
  for (size_t at = 0; at + 4 <= out.size();) {
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i) length = length << 8 | std::to_integer<size_t>(out[at + i]);
    const std::array code{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}};
    std::ranges::copy(code, out.begin() + static_cast<ptrdiff_t>(at));
    at += 4 + length;
  }
  return out;
}

core::Result<std::vector<std::byte>> decoder_config(const VideoEncoderSettings& settings,
                                                    const AVCodecContext& codec) {
  const auto header = std::as_bytes(
      std::span(codec.extradata, static_cast<size_t>(std::max(0, codec.extradata_size))));
  switch (settings.rung.spec.codec) {
    case fmp4::Codec::kH264:
      return fmp4::avc_decoder_config(with_start_codes(header));
    case fmp4::Codec::kAv1:
      return fmp4::av1_decoder_config(header);
    default:
      return fmp4::vp9_decoder_config(
          {.width = static_cast<uint32_t>(codec.width),
           .height = static_cast<uint32_t>(codec.height),
           .frame_rate = static_cast<uint32_t>(std::ceil(av_q2d(settings.grid.rate))),
           .colour = settings.colour});
  }
}

Outcome<fmp4::TrackFormat> track_format(const VideoEncoderSettings& settings,
                                        const AVCodecContext& codec) {
  auto config = decoder_config(settings, codec);
  if (!config) return job_failure(FailureReason::kEncoderFailed, config.error().what);
  return fmp4::TrackFormat{.codec = settings.rung.spec.codec,
                           .timescale = settings.grid.timescale(),
                           .width = static_cast<uint32_t>(codec.width),
                           .height = static_cast<uint32_t>(codec.height),
                           .reorder_delay = static_cast<uint32_t>(std::max(0, codec.has_b_frames)) *
                                            settings.grid.ticks_per_frame(),
                           .frame_duration = settings.grid.ticks_per_frame(),
                           .colour = settings.colour,
                           .decoder_config = std::move(*config)};
}

}  // namespace

Outcome<OpenVideoEncoder> open_video_encoder(const VideoEncoderSettings& settings) {
  const char* name = encoder_name(settings.rung.spec.codec);
  const AVCodec* encoder = name == nullptr ? nullptr : avcodec_find_encoder_by_name(name);
  if (encoder == nullptr) {
    return job_failure(FailureReason::kUnsupportedJob,
                       fmt::format("no encoder for {}", settings.rung.spec.quality));
  }
  OpenVideoEncoder open{.codec = CodecPtr(avcodec_alloc_context3(encoder)), .format = {}};
  MR_ASSERT(open.codec != nullptr);
  set_picture(settings, *open.codec);
  set_rate(settings, *open.codec);
  Options options;
  switch (settings.rung.spec.codec) {
    case fmp4::Codec::kVp9:
      set_vp9(settings, options);
      break;
    case fmp4::Codec::kAv1:
      set_av1(settings, options);
      break;
    default:
      set_h264(settings, options);
  }
  if (const int error = avcodec_open2(open.codec.get(), encoder, options.address()); error < 0) {
    return av_failure(FailureReason::kEncoderFailed,
                      fmt::format("{} for {}", name, settings.rung.spec.quality), error);
  }
  if (const char* unknown = options.unknown()) {
    return job_failure(FailureReason::kEncoderFailed,
                       fmt::format("{} does not know the option {}", name, unknown));
  }
  auto format = track_format(settings, *open.codec);
  if (!format) return std::unexpected(format.error());
  open.format = std::move(*format);
  return open;
}

std::span<const uint8_t> sample_bytes(fmp4::Codec codec, const AVPacket& packet) noexcept {
  std::span bytes(packet.data, static_cast<size_t>(packet.size));
  // temporal_delimiter_obu: type 2 with a size field, size 0.
  while (codec == fmp4::Codec::kAv1 && bytes.size() >= 2 && bytes[0] == 0x12 && bytes[1] == 0) {
    bytes = bytes.subspan(2);
  }
  return bytes;
}

}  // namespace millrace::media::ffmpeg
