// A format that parse_init_segment accepts can be written, and reads the same again.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/assert.h"
#include "media/fmp4/codec_string.h"
#include "media/fmp4/init_segment.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fmp4 = millrace::media::fmp4;
  const auto format = fmp4::parse_init_segment(std::as_bytes(std::span(data, size)));
  if (!format) return 0;
  MR_ASSERT(fmp4::check_format(*format));
  std::vector<std::byte> again;
  fmp4::append_init_segment(again, *format);
  const auto reread = fmp4::parse_init_segment(again);
  MR_ASSERT(reread && *reread == *format);
  // What reaches a playlist between quotes must not end them.
  MR_ASSERT(std::ranges::all_of(fmp4::rfc6381_codec(*format), [](char c) {
    return c == '.' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }));
  return 0;
}
