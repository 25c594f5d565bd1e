#include "media/ffmpeg/live/sound_form.h"

#include <array>
#include <utility>

#include "media/fmp4/audio_specific_config.h"
#include "media/fmp4/bit_reader.h"
#include "media/fmp4/decoder_config.h"

namespace millrace::media::ffmpeg {
namespace {

constexpr uint32_t kAacSamples = 1024;
constexpr uint32_t kOpusRate = 48'000;
constexpr uint32_t kOpusPacketSamples = 960;
constexpr uint32_t kOpusSamplesMax = 5760;  // 120 ms
constexpr std::array<uint32_t, 13> kAacRates{96'000, 88'200, 64'000, 48'000, 44'100, 32'000, 24'000,
                                             22'050, 16'000, 12'000, 11'025, 8'000,  7'350};
constexpr std::array<uint32_t, 8> kAacChannels{0, 1, 2, 3, 4, 5, 6, 8};
constexpr size_t kAdtsHeadSize = 7;

std::span<const std::byte> bytes_of(const AVPacket& packet) {
  return std::as_bytes(std::span(packet.data, static_cast<size_t>(packet.size)));
}

void drop_front(AVPacket& packet, size_t size) noexcept {
  packet.data += size;
  packet.size -= static_cast<int>(size);
}

/// adts_fixed_header, adts_variable_header (ISO/IEC 13818-7, 6.2): what counts here.
struct AdtsHead {
  uint32_t object_type = 0;
  uint32_t rate_index = 0;
  uint32_t channels = 0;
  size_t size = 0;  ///< Of the head itself.
};

std::optional<AdtsHead> read_adts(std::span<const std::byte> bytes) {
  fmp4::BitReader r(bytes);
  if (r.bits(12) != 0xFFF) return std::nullopt;
  r.skip(3);  // id, layer
  const bool no_checksum = r.flag();
  AdtsHead head;
  head.object_type = r.bits(2) + 1;
  head.rate_index = r.bits(4);
  r.skip(1);
  head.channels = r.bits(3);
  r.skip(4);
  const uint32_t frame_size = r.bits(13);
  r.skip(11);
  const uint32_t more_blocks = r.bits(2);
  head.size = no_checksum ? kAdtsHeadSize : kAdtsHeadSize + 2;
  if (!r.ok() || frame_size != bytes.size() || head.size >= bytes.size() || more_blocks != 0) {
    return std::nullopt;
  }
  return head;
}

// AudioSpecificConfig: object type u5 | rate index u4 | channels u4 | 000
std::vector<std::byte> audio_specific_config(const AdtsHead& head) {
  const uint32_t bits = head.object_type << 11 | head.rate_index << 7 | head.channels << 3;
  return {static_cast<std::byte>(bits >> 8), static_cast<std::byte>(bits & 0xFF)};
}

}  // namespace

std::optional<SoundFormat> aac_format(std::span<const std::byte> config) {
  fmp4::BitReader r(config);
  if (r.bits(5) == 31) r.skip(6);
  const uint32_t rate_index = r.bits(4);
  const uint32_t rate = rate_index == 15                ? r.bits(24)
                        : rate_index < kAacRates.size() ? kAacRates[rate_index]
                                                        : 0;
  const uint32_t channel_index = r.bits(4);
  const auto object_type = fmp4::aac_object_type(config);
  if (!r.ok() || !object_type || rate < kAacRates.back() || rate > kAacRates.front() ||
      channel_index == 0 || channel_index >= kAacChannels.size()) {
    return std::nullopt;
  }
  const bool playable = *object_type == 2 || *object_type == 5 || *object_type == 29;
  if (!playable) return std::nullopt;
  return SoundFormat{.codec = fmp4::Codec::kAac,
                     .sample_rate = rate,
                     .channels = kAacChannels[channel_index],
                     .packet_samples = kAacSamples,
                     .config = {config.begin(), config.end()}};
}

uint32_t opus_samples(std::span<const std::byte> packet) noexcept {
  if (packet.empty()) return 0;
  const auto head = std::to_integer<uint32_t>(packet[0]);
  const uint32_t config = head >> 3;
  uint32_t frame = 0;
  if (config < 12) {
    constexpr std::array<uint32_t, 4> kSilk{480, 960, 1920, 2880};
    frame = kSilk[config % 4];
  } else if (config < 16) {
    frame = config % 2 == 0 ? 480 : 960;
  } else {
    frame = 120U << (config % 4);
  }
  uint32_t count = 1;
  if ((head & 3) == 1 || (head & 3) == 2) count = 2;
  if ((head & 3) == 3) {
    count = packet.size() < 2 ? 0 : std::to_integer<uint32_t>(packet[1]) & 0x3F;
  }
  return frame * count <= kOpusSamplesMax ? frame * count : 0;
}

bool SoundForm::convert(LivePacket& packet) {
  switch (packet.codec) {
    case AV_CODEC_ID_AAC:
      return convert_aac(packet);
    case AV_CODEC_ID_OPUS:
      return convert_opus(packet);
    default:
      format_.reset();
      packet_samples_ = 0;
      return true;
  }
}

bool SoundForm::convert_aac(LivePacket& packet) {
  packet_samples_ = kAacSamples;
  if (packet.config != nullptr) {
    if (packet.config != container_config_) {
      container_config_ = packet.config;
      format_ = aac_format(*packet.config);
    }
    return true;
  }
  const auto head = read_adts(bytes_of(*packet.packet));
  if (!head || head->rate_index >= kAacRates.size()) return false;
  const auto config = audio_specific_config(*head);
  if (!format_ || format_->config != config) format_ = aac_format(config);
  if (format_) drop_front(*packet.packet, head->size);
  return true;
}

bool SoundForm::convert_opus(LivePacket& packet) {
  packet_samples_ = opus_samples(bytes_of(*packet.packet));
  if (packet_samples_ == 0) return false;
  if (packet.config == nullptr || packet.config == container_config_) return true;
  container_config_ = packet.config;
  auto config = fmp4::opus_decoder_config(*packet.config);
  format_.reset();
  if (!config) return true;
  format_ = SoundFormat{.codec = fmp4::Codec::kOpus,
                        .sample_rate = kOpusRate,
                        .channels = std::to_integer<uint32_t>((*config)[1]),
                        .packet_samples = kOpusPacketSamples,
                        .config = std::move(*config)};
  return true;
}

}  // namespace millrace::media::ffmpeg
