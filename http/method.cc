#include "http/method.h"

namespace millrace::http {

std::string_view to_string(Method method) noexcept {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
  }
  return "";
}

std::optional<Method> parse_method(std::string_view text) noexcept {
  for (unsigned i = 0; i < kMethodCount; ++i) {
    const Method method = static_cast<Method>(i);
    if (text == to_string(method)) return method;
  }
  return std::nullopt;
}

}  // namespace millrace::http
