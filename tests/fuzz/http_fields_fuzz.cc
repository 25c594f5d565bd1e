// Fields whose values decide what leaves: ranges, conditions, codings. The first 8 bytes are the
// size of the body that a range is of.
#include <cstdint>
#include <cstring>
#include <string_view>
#include <variant>

#include "core/assert.h"
#include "http/accept_encoding.h"
#include "http/conditionals.h"
#include "http/ranges.h"

namespace http = millrace::http;

namespace {

void check_range(std::string_view field, uint64_t body_size) {
  const http::RangeSelection selection = http::select_range(field, body_size);
  if (const auto* range = std::get_if<http::ByteRange>(&selection)) {
    MR_ASSERT(range->size > 0 && range->first < body_size);
    MR_ASSERT(range->size <= body_size - range->first);
    MR_ASSERT(http::content_range(*range, body_size).starts_with("bytes "));
  }
}

void check_conditions(std::string_view field) {
  const http::Validators validators{.etag = "\"tag\"", .last_modified = {}};
  if (http::strongly_matches(field, "\"tag\"")) {
    MR_ASSERT(http::weakly_matches(field, "\"tag\""));
  }
  if (!field.empty() && http::range_applies(field, validators)) MR_ASSERT(field == "\"tag\"");
  const http::Conditions conditions{.if_match = field,
                                    .if_none_match = field,
                                    .if_modified_since = field,
                                    .if_unmodified_since = field,
                                    .if_range = {}};
  static_cast<void>(http::evaluate(http::Method::kGet, conditions, validators));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  uint64_t body_size = 0;
  if (size < sizeof body_size) return 0;
  std::memcpy(&body_size, data, sizeof body_size);
  const std::string_view field(reinterpret_cast<const char*>(data) + sizeof body_size,
                               size - sizeof body_size);
  check_range(field, body_size);
  check_conditions(field);
  static_cast<void>(http::choose_coding(field));
  return 0;
}
