// `codecs=` of a manifest's query: what is accepted allows what it names, and reads the same twice.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "media/vod/variant_filter.h"

namespace fmp4 = millrace::media::fmp4;
namespace vod = millrace::media::vod;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto codecs = vod::parse_codecs(text);
  if (!codecs) return 0;
  const vod::VariantFilter filter{.codecs = *codecs};
  for (const fmp4::Codec codec : *codecs) MR_ASSERT(filter.allows(codec));
  if (text.empty() || text.ends_with(',')) return 0;
  const auto twice = vod::parse_codecs(text + "," + text);
  MR_ASSERT(!twice || twice->size() == 2 * codecs->size());
  return 0;
}
