#include "media/ffmpeg/stream_checks.h"

#include "media/ffmpeg/allow_list.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

// A resampler's filter bank grows with the rate and the matrix with the channels; both are far over
// what any recorder writes (384 kHz, 22.2).
constexpr int kSampleRateMin = 1'000;
constexpr int kSampleRateMax = 768'000;
constexpr int kChannelsMax = 32;

bool is_encrypted(const AVStream& stream) {
  const uint32_t tag = stream.codecpar->codec_tag;
  return tag == MKTAG('e', 'n', 'c', 'v') || tag == MKTAG('e', 'n', 'c', 'a') ||
         tag == MKTAG('d', 'r', 'm', 'i') || tag == MKTAG('d', 'r', 'm', 's') ||
         av_stream_get_side_data(&stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) != nullptr;
}

Outcome<> check_decodable(const AVStream& stream) {
  if (auto clear = check_clear(stream); !clear) return clear;
  if (find_decoder(stream.codecpar->codec_id) == nullptr) {
    return job_failure(
        FailureReason::kCodecUnsupported,
        fmt::format("no decoder for {}", avcodec_get_name(stream.codecpar->codec_id)));
  }
  return {};
}

}  // namespace

Outcome<> check_clear(const AVStream& stream) {
  if (!is_encrypted(stream)) return {};
  return job_failure(FailureReason::kEncrypted,
                     fmt::format("stream {} is encrypted", stream.index));
}

Outcome<> check_picture_size(int width, int height, const worker::JobLimits& limits) {
  if (width <= 0 || height <= 0) {
    return job_failure(FailureReason::kDamaged, "the picture has no size");
  }
  const auto pixels = static_cast<uint64_t>(width) * static_cast<uint64_t>(height);
  if (static_cast<uint32_t>(width) > limits.width_max ||
      static_cast<uint32_t>(height) > limits.height_max || pixels > limits.pixels_max) {
    return job_failure(FailureReason::kPictureTooLarge,
                       fmt::format("{}x{}; at most {}x{} and {} pixels", width, height,
                                   limits.width_max, limits.height_max, limits.pixels_max));
  }
  return {};
}

Outcome<> check_sound(int sample_rate, int channels) {
  if (sample_rate < kSampleRateMin || sample_rate > kSampleRateMax || channels < 1 ||
      channels > kChannelsMax) {
    return job_failure(
        FailureReason::kDamaged,
        fmt::format("sound of {} Hz in {} channels; {}..{} Hz and 1..{} channels "
                    "can be read",
                    sample_rate, channels, kSampleRateMin, kSampleRateMax, kChannelsMax));
  }
  return {};
}

Outcome<> check_video(const AVStream& stream, const worker::JobLimits& limits) {
  if (auto decodable = check_decodable(stream); !decodable) return decodable;
  return check_picture_size(stream.codecpar->width, stream.codecpar->height, limits);
}

Outcome<> check_audio(const AVStream& stream) {
  if (auto decodable = check_decodable(stream); !decodable) return decodable;
  return check_sound(stream.codecpar->sample_rate, stream.codecpar->ch_layout.nb_channels);
}

bool is_cover_art(const AVStream& stream) noexcept {
  return (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) !=
         0;
}

}  // namespace millrace::media::ffmpeg
