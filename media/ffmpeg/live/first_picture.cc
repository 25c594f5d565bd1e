#include "media/ffmpeg/live/first_picture.h"

#include <algorithm>
#include <cstring>

#include "media/ffmpeg/decoder.h"
#include "media/ffmpeg/stream_checks.h"

namespace millrace::media::ffmpeg {
namespace {

/// A code point of CICP, or 2 (unspecified) for what is none.
template <class T>
uint8_t code_point(T value) noexcept {
  const auto number = static_cast<int>(value);
  return number > 0 && number <= UINT8_MAX ? static_cast<uint8_t>(number) : uint8_t{2};
}

uint32_t in_16_bits(int number) noexcept {
  return static_cast<uint32_t>(std::clamp(number, 1, static_cast<int>(UINT16_MAX)));
}

}  // namespace

CodecParameters codec_parameters(const LivePacket& packet, std::span<const std::byte> config) {
  CodecParameters codec(avcodec_parameters_alloc());
  MR_ASSERT(codec != nullptr);
  codec->codec_id = packet.codec;
  codec->codec_type = packet.of_video() ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  if (config.empty()) return codec;
  codec->extradata =
      static_cast<uint8_t*>(av_mallocz(config.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  MR_ASSERT(codec->extradata != nullptr);
  std::memcpy(codec->extradata, config.data(), config.size());
  codec->extradata_size = static_cast<int>(config.size());
  return codec;
}

Outcome<FirstPicture> decode_first_picture(const LivePacket& packet,
                                           std::span<const std::byte> config,
                                           const worker::JobLimits& limits) {
  const CodecParameters codec = codec_parameters(packet, config);
  auto decoder =
      Decoder::open(*codec, kMicroseconds, {.thread_count = 1, .pixels_max = limits.pixels_max});
  if (!decoder) return std::unexpected(decoder.error());
  for (const AVPacket* sent : std::array<const AVPacket*, 2>{packet.packet.get(), nullptr}) {
    if (auto done = decoder->send(sent); !done) return std::unexpected(done.error());
    auto frame = decoder->receive();
    if (!frame) return std::unexpected(frame.error());
    if (*frame == nullptr) continue;
    if (auto checked = check_picture_size((*frame)->width, (*frame)->height, limits); !checked) {
      return std::unexpected(checked.error());
    }
    return FirstPicture{.frame = std::move(*frame), .rate = decoder->frame_rate()};
  }
  return worker::job_failure(FailureReason::kDamaged, "the first picture cannot be decoded");
}

fmp4::TrackFormat passed_format(fmp4::Codec codec, const FirstPicture& picture,
                                std::span<const std::byte> config) {
  const AVFrame& frame = *picture.frame;
  AVRational aspect = frame.sample_aspect_ratio;
  if (aspect.num <= 0 || aspect.den <= 0) aspect = {1, 1};
  return {.codec = codec,
          .timescale = static_cast<uint32_t>(worker::kLiveTimescale),
          .width = picture.width(),
          .height = picture.height(),
          .sar_num = in_16_bits(aspect.num),
          .sar_den = in_16_bits(aspect.den),
          .colour = {.primaries = code_point(frame.color_primaries),
                     .transfer = code_point(frame.color_trc),
                     .matrix = code_point(frame.colorspace),
                     .full_range = frame.color_range == AVCOL_RANGE_JPEG},
          .decoder_config = {config.begin(), config.end()}};
}

}  // namespace millrace::media::ffmpeg
