#include "media/ffmpeg/live/picture_form.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "media/ffmpeg/video_encoder.h"
#include "media/fmp4/box_reader.h"
#include "media/fmp4/decoder_config.h"

namespace millrace::media::ffmpeg {
namespace {

using fmp4::NalUnit;

constexpr size_t kLengthSize = 4;
constexpr size_t kSetsMax = 64;

enum class UnitRole : uint8_t { kPicture, kParameterSet, kFiller };

/// ITU-T H.264, table 7-1; ITU-T H.265, table 7-1. Delimiters and filler data have no place in a
/// sample (ISO/IEC 14496-15, 5.3.2 and 8.3.2).
UnitRole role_of(AVCodecID codec, NalUnit unit) noexcept {
  if (codec == AV_CODEC_ID_H264) {
    switch (std::to_integer<unsigned>(unit[0]) & 0x1F) {
      case 7:
      case 8:
      case 13:
        return UnitRole::kParameterSet;
      case 9:
      case 12:
        return UnitRole::kFiller;
      default:
        return UnitRole::kPicture;
    }
  }
  switch (std::to_integer<unsigned>(unit[0]) >> 1 & 0x3F) {
    case 32:
    case 33:
    case 34:
      return UnitRole::kParameterSet;
    case 35:
    case 38:
      return UnitRole::kFiller;
    default:
      return UnitRole::kPicture;
  }
}

std::span<const std::byte> bytes_of(const AVPacket& packet) {
  return std::as_bytes(std::span(packet.data, static_cast<size_t>(packet.size)));
}

/// The units inside an avcC (from byte 5) or hvcC (from byte 22), and the size of their lengths.
struct ConfigUnits {
  size_t length_size = 0;
  std::vector<std::vector<std::byte>> units;
};

// avcC: … lengthSize-1 u2 | 111, count u5 | { size u16 | SPS } | count u8 | { size u16 | PPS }
// hvcC: … lengthSize-1 u2 | arrays u8 | { type u8 | count u16 | { size u16 | unit } }
std::optional<ConfigUnits> read_config(AVCodecID codec, std::span<const std::byte> config) {
  fmp4::ByteReader r(config);
  const bool avc = codec == AV_CODEC_ID_H264;
  const uint8_t version = r.u8();
  r.skip(avc ? 3 : 20);
  ConfigUnits found{.length_size = size_t{r.u8() & 3U} + 1, .units = {}};
  const size_t arrays = avc ? 2 : r.u8();
  for (size_t array = 0; array < arrays; ++array) {
    if (!avc) r.skip(1);
    const size_t count = avc ? (array == 0 ? r.u8() & 0x1FU : r.u8()) : r.u16();
    for (size_t i = 0; r.ok() && i < count; ++i) {
      const auto unit = r.take(r.u16());
      if (!unit.empty()) found.units.emplace_back(unit.begin(), unit.end());
    }
  }
  if (!r.ok() || version != 1 || found.length_size == 3) return std::nullopt;
  return found;
}

}  // namespace

void replace_bytes(AVPacket& packet, std::span<const std::byte> bytes) {
  AVBufferRef* buffer = av_buffer_alloc(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE);
  MR_ASSERT(buffer != nullptr);
  if (!bytes.empty()) std::memcpy(buffer->data, bytes.data(), bytes.size());
  std::memset(buffer->data + bytes.size(), 0, AV_INPUT_BUFFER_PADDING_SIZE);
  av_buffer_unref(&packet.buf);
  packet.buf = buffer;
  packet.data = buffer->data;
  packet.size = static_cast<int>(bytes.size());
}

std::optional<fmp4::Codec> PictureForm::passable(AVCodecID codec) noexcept {
  switch (codec) {
    case AV_CODEC_ID_H264:
      return fmp4::Codec::kH264;
    case AV_CODEC_ID_HEVC:
      return fmp4::Codec::kHevc;
    case AV_CODEC_ID_AV1:
      return fmp4::Codec::kAv1;
    default:
      return std::nullopt;
  }
}

bool PictureForm::convert(LivePacket& packet) {
  if (packet.config != nullptr && packet.config != container_config_ && !take_config(packet)) {
    return false;
  }
  if (packet.codec == AV_CODEC_ID_H264 || packet.codec == AV_CODEC_ID_HEVC) {
    return convert_units(packet);
  }
  if (packet.codec != AV_CODEC_ID_AV1) return true;
  const auto bytes = std::as_bytes(sample_bytes(fmp4::Codec::kAv1, *packet.packet));
  if (packet.config == nullptr && packet.key()) {
    if (auto config = fmp4::av1_decoder_config(bytes)) config_ = std::move(*config);
  }
  const auto skipped = static_cast<size_t>(packet.packet->size) - bytes.size();
  packet.packet->data += skipped;
  packet.packet->size -= static_cast<int>(skipped);
  return true;
}

bool PictureForm::take_config(const LivePacket& packet) {
  container_config_ = packet.config;
  const auto& config = *packet.config;
  // Annex B in the place of a configuration, as libavformat keeps it for MPEG-TS.
  const bool start_codes = config.size() > 3 && config[0] == std::byte{0};
  if (packet.codec == AV_CODEC_ID_H264 || packet.codec == AV_CODEC_ID_HEVC) {
    if (start_codes) return true;
    auto found = read_config(packet.codec, config);
    if (!found) return false;
    length_size_ = found->length_size;
    use(packet.codec, std::move(found->units));
  } else if (packet.codec == AV_CODEC_ID_AV1) {
    config_ = config;
  }
  return true;
}

bool PictureForm::convert_units(LivePacket& packet) {
  const auto bytes = bytes_of(*packet.packet);
  const auto units = length_size_ == 0 ? std::optional(fmp4::split_annex_b(bytes))
                                       : fmp4::split_lengths(bytes, length_size_);
  if (!units) return false;
  std::vector<std::byte> sample;
  sample.reserve(bytes.size() + units->size() * kLengthSize);
  ParameterSets found;
  for (const NalUnit unit : *units) {
    switch (role_of(packet.codec, unit)) {
      case UnitRole::kParameterSet:
        if (found.size() < kSetsMax) found.emplace_back(unit.begin(), unit.end());
        break;
      case UnitRole::kFiller:
        break;
      case UnitRole::kPicture:
        for (int shift = 24; shift >= 0; shift -= 8) {
          sample.push_back(static_cast<std::byte>(unit.size() >> shift));
        }
        sample.insert(sample.end(), unit.begin(), unit.end());
    }
  }
  if (!found.empty()) use(packet.codec, std::move(found));
  replace_bytes(*packet.packet, sample);
  return !sample.empty();
}

/// All of `found` known already: nothing changes. Some sets alone (a PPS before a picture) join
/// those there are; with a sequence's own set among them they take the place of all.
void PictureForm::use(AVCodecID codec, ParameterSets found) {
  const bool known = std::ranges::all_of(
      found, [&](const auto& set) { return std::ranges::find(sets_, set) != sets_.end(); });
  if (known) return;
  const bool avc = codec == AV_CODEC_ID_H264;
  std::vector<std::byte> annex_b;
  const auto append = [&annex_b](const ParameterSets& sets) {
    for (const auto& set : sets) {
      annex_b.insert(annex_b.end(), {std::byte{0}, std::byte{0}, std::byte{1}});
      annex_b.insert(annex_b.end(), set.begin(), set.end());
    }
  };
  append(found);
  auto config = avc ? fmp4::avc_decoder_config(annex_b) : fmp4::hevc_decoder_config(annex_b);
  if (!config) {
    append(sets_);
    for (auto& set : sets_) found.push_back(std::move(set));
    config = avc ? fmp4::avc_decoder_config(annex_b) : fmp4::hevc_decoder_config(annex_b);
  }
  if (found.size() > kSetsMax) found.resize(kSetsMax);
  sets_ = std::move(found);
  if (config) config_ = std::move(*config);
}

}  // namespace millrace::media::ffmpeg
