// A head that is accepted is one that everybody reads alike.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/utf8.h"
#include "http/http1_head.h"
#include "http/token.h"

using millrace::http::Http1Head;
using millrace::http::Limits;

namespace {

void check(const Http1Head& head, std::string_view text, const Limits& limits) {
  const auto& [method, path, query, fields, content_length] = head.request;
  MR_ASSERT(path == "*" || path.starts_with('/'));
  MR_ASSERT(!(path + "/").contains("/../") && !path.contains('\\') && !path.contains('\0'));
  MR_ASSERT(millrace::core::is_utf8(path));
  MR_ASSERT(!(head.is_chunked && content_length));
  MR_ASSERT(fields.count("Host") + (head.is_http10 ? 1 : 0) >= 1 && fields.count("Host") <= 1);
  MR_ASSERT(fields.count() <= limits.field_count_max);
  for (size_t i = 0; i < fields.count(); ++i) {
    MR_ASSERT(millrace::http::is_token(fields.name(i)));
    MR_ASSERT(fields.value(i).find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
  MR_ASSERT(text.starts_with(millrace::http::to_string(method)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = millrace::http::find_head_end(text, 0);
  MR_ASSERT(end <= size);
  if (end == 0) return 0;
  const Limits limits;
  const auto head = millrace::http::parse_http1_head(std::string(text.substr(0, end)), limits);
  if (head) {
    check(*head, text, limits);
  } else {
    MR_ASSERT(head.error().status >= 400 && head.error().status < 600);
  }
  return 0;
}
