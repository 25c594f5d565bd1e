// Request targets: percent-encoding, and the one place where a path is decoded and judged.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace::http {

/// Decodes every %XX. kMalformed when a '%' is not followed by two hex digits.
core::Result<std::string> percent_decode(std::string_view text);

/// Encodes everything but the unreserved characters (RFC 3986, 2.3), so that the result may stand
/// in a path segment or in a query value.
std::string percent_encode(std::string_view text);

/// The decoded path of a request: begins with '/', is valid UTF-8, and holds no segment `.` or
/// `..`, no backslash, no control character, and no slash that was written %2F. Decoded once and
/// only here. kMalformed otherwise.
core::Result<std::string> decode_path(std::string_view raw_path);

struct RequestTarget {
  std::string_view authority;  ///< Empty in origin-form.
  std::string_view path;       ///< Not decoded; "*" in asterisk-form.
  std::string_view query;      ///< Not decoded, without '?'.
};

/// Origin-form, absolute-form with http or https, or `*` (RFC 9112, 3.2). The authority-form of
/// CONNECT, and anything with a fragment, is kMalformed. Views into `target`.
core::Result<RequestTarget> split_target(std::string_view target);

}  // namespace millrace::http
