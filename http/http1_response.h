// The head of an HTTP/1.1 response, and the framing of a body of unknown length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/outgoing.h"

namespace millrace::http {

/// How the body ends, and what becomes of the connection.
struct Http1Terms {
  bool is_http10 = false;
  bool keeps_alive = true;
  bool is_chunked = false;
};

/// The terms for a response: a body of unknown length is chunked, or ends with the connection where
/// the client knows only HTTP/1.0.
Http1Terms terms_for(const Outgoing& outgoing, bool is_http10, bool keeps_alive) noexcept;

/// `date` as format_http_date gives it.
void append_http1_head(std::string& out, const Outgoing& outgoing, const Http1Terms& terms,
                       std::string_view date);

/// `text`, not empty, as one chunk.
std::string as_chunk(std::string_view text);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace millrace::http
