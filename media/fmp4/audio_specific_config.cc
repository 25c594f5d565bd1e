#include "media/fmp4/audio_specific_config.h"

#include "media/fmp4/bit_reader.h"

namespace millrace::media::fmp4 {
namespace {

constexpr int kLowComplexity = 2;
constexpr int kSpectralBandReplication = 5;
constexpr int kParametricStereo = 29;
constexpr uint32_t kSbrSyncExtension = 0x2B7;
constexpr uint32_t kPsSyncExtension = 0x548;

int object_type(BitReader& r) {
  const uint32_t type = r.bits(5);
  return static_cast<int>(type == 31 ? 32 + r.bits(6) : type);
}

void skip_sample_rate(BitReader& r) {
  if (r.bits(4) == 15) r.skip(24);
}

}  // namespace

std::optional<int> aac_object_type(std::span<const std::byte> audio_specific_config) {
  BitReader r(audio_specific_config);
  const int type = object_type(r);
  skip_sample_rate(r);
  const uint32_t channel_configuration = r.bits(4);
  if (!r.ok()) return std::nullopt;
  // Explicit, hierarchical signalling names SBR or PS first. A channel map (configuration 0) would
  // have to be parsed to find what follows it; encoders that use one signal explicitly.
  if (type != kLowComplexity || channel_configuration == 0) return type;

  r.skip(1);                 // frameLengthFlag
  if (r.flag()) r.skip(14);  // dependsOnCoreCoder, coreCoderDelay
  r.skip(1);                 // extensionFlag
  if (r.bits_left() < 16 || r.bits(11) != kSbrSyncExtension) return type;
  if (object_type(r) != kSpectralBandReplication || !r.flag()) return type;
  skip_sample_rate(r);
  if (r.bits_left() >= 12 && r.bits(11) == kPsSyncExtension && r.flag()) return kParametricStereo;
  return kSpectralBandReplication;
}

}  // namespace millrace::media::fmp4
