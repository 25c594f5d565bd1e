// Invariant: what was read, written again, is read as the same; a description is always safe text.
#include <string>

#include "core/assert.h"
#include "core/base64.h"
#include "core/hash.h"
#include "core/utf8.h"
#include "media/upload/metadata.h"

namespace millrace::media::upload {
namespace {

void check_description(const FileDescription& description) {
  MR_ASSERT(core::is_printable_utf8(description.title) && !description.title.empty());
  MR_ASSERT(core::is_printable_utf8(description.file_name));
  MR_ASSERT(description.title.size() <= kTitleSizeMax);
  MR_ASSERT(description.file_name.size() <= kFileNameSizeMax);
  MR_ASSERT(description.file_name.find_first_of("/\\") == std::string::npos);
}

void run(std::string_view input) {
  check_description(describe_file(input, input));
  const auto entries = parse_metadata(input);
  if (!entries) return;
  std::string written;
  for (const MetadataEntry& entry : *entries) {
    if (!written.empty()) written += ',';
    written += entry.key;
    if (!entry.value.empty()) {
      written += ' ' + core::encode_base64(core::bytes_of(entry.value));
    }
  }
  const auto again = parse_metadata(written);
  MR_ASSERT(again.has_value() && *again == *entries);
  check_description(describe_file(*entries));
}

}  // namespace
}  // namespace millrace::media::upload

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::media::upload::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
