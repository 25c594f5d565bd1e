// A query and a path that are accepted survive being written and read again.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "http/query.h"
#include "http/url.h"

using millrace::http::percent_encode;
using millrace::http::Query;

namespace {

void check_query(std::string_view text) {
  const auto query = Query::parse(text);
  if (!query) return;
  std::string written;
  for (const auto& [name, value] : *query) {
    written += percent_encode(name) + "=" + percent_encode(value) + "&";
  }
  const auto again = Query::parse(written);
  MR_ASSERT(again && again->count() == query->count());
  auto other = again->begin();
  for (const auto& parameter : *query) MR_ASSERT(parameter == *other++);
}

void check_path(std::string_view text) {
  const auto path = millrace::http::decode_path(text);
  if (!path) return;
  std::string written;
  std::string_view rest = std::string_view(*path).substr(1);
  for (;;) {
    const size_t slash = rest.find('/');
    written += "/" + percent_encode(rest.substr(0, slash));
    if (slash == rest.npos) break;
    rest.remove_prefix(slash + 1);
  }
  MR_ASSERT(millrace::http::decode_path(written) == *path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_query(text);
  check_path(text);
  static_cast<void>(millrace::http::split_target(text));
  return 0;
}
