// The head of an HTTP/1.1 request (RFC 9112): where it ends, whether it is safe to parse, what it
// says.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/limits.h"
#include "http/refusal.h"
#include "http/request_head.h"

namespace millrace::http {

struct Http1Head {
  RequestHead request;
  bool is_http10 = false;
  bool keeps_alive = true;
  bool is_chunked = false;
  bool expects_continue = false;
};

/// The size of the head at the front of `input`, with its empty line; 0 when it is not complete.
/// `scanned` bytes are known not to hold its end.
size_t find_head_end(std::string_view input, size_t scanned) noexcept;

/// The guard before the parser: every LF follows a CR, and no line begins with SP or HTAB. llhttp
/// accepts `GET /\n` as HTTP/0.9 with a body (nodejs/llhttp#877) and obs-fold (CVE-2024-27982).
bool is_safe_head(std::string_view head) noexcept;

/// Method, target and a version of HTTP with one space between each: llhttp also takes several
/// spaces, no version, and `GET / RTSP/1.0`. `line` comes without its CRLF.
bool is_request_line(std::string_view line) noexcept;

/// Parses one whole head. Refuses, beyond what strict llhttp does: versions other than 1.0 and 1.1,
/// a missing, repeated or contradicted Host, both or several of Content-Length and
/// Transfer-Encoding, codings other than chunked, and all that RequestHead refuses.
std::expected<Http1Head, Refusal> parse_http1_head(std::string head, const Limits& limits);

}  // namespace millrace::http
