// Whatever an encoder puts out, a configuration made from it is one that names its codec.
#include <cstdint>
#include <span>

#include "core/assert.h"
#include "media/fmp4/audio_specific_config.h"
#include "media/fmp4/codec_string.h"
#include "media/fmp4/decoder_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fmp4 = millrace::media::fmp4;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (auto avc = fmp4::avc_decoder_config(bytes)) {
    MR_ASSERT(!fmp4::rfc6381_codec({.codec = fmp4::Codec::kH264, .decoder_config = *avc}).empty());
  }
  if (auto av1 = fmp4::av1_decoder_config(bytes)) {
    MR_ASSERT(!fmp4::rfc6381_codec({.codec = fmp4::Codec::kAv1, .decoder_config = *av1}).empty());
  }
  if (auto opus = fmp4::opus_decoder_config(bytes)) MR_ASSERT(opus->size() == 11);
  static_cast<void>(fmp4::aac_object_type(bytes));
  return 0;
}
