// Any text is read as a configuration or refused with a message, which is one line a mistake and
// printable.
#include <cstdint>
#include <string>

#include "core/assert.h"
#include "core/config.h"
#include "core/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const millrace::core::ConfigSource source = {
      .name = "fuzz.toml", .text = std::string(reinterpret_cast<const char*>(data), size)};
  const auto config = millrace::core::read_config({&source, 1});
  if (config) return 0;
  MR_ASSERT(config.error().starts_with("fuzz.toml:"));
  MR_ASSERT(millrace::core::is_utf8(config.error()));
  return 0;
}
