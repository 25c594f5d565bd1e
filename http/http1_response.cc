#include "http/http1_response.h"

#include <fmt/format.h>

#include "http/status.h"
#include "http/token.h"

namespace millrace::http {
Http1Terms terms_for(const Outgoing& outgoing, bool is_http10, bool keeps_alive) noexcept {
  const bool is_stream = std::holds_alternative<std::unique_ptr<BodyStream>>(outgoing.body);
  return {.is_http10 = is_http10,
          .keeps_alive = keeps_alive && !(is_stream && is_http10),
          .is_chunked = is_stream && !is_http10};
}

void append_http1_head(std::string& out, const Outgoing& outgoing, const Http1Terms& terms,
                       std::string_view date) {
  out.append("HTTP/1.1 ");
  append_decimal(out, static_cast<uint64_t>(outgoing.status));
  out.append(" ").append(reason_phrase(outgoing.status));
  out.append("\r\nDate: ").append(date).append("\r\n");
  if (outgoing.shared_headers != nullptr) out.append(outgoing.shared_headers->lines());
  out.append(outgoing.headers.lines());
  if (outgoing.content_length) {
    out.append("Content-Length: ");
    append_decimal(out, *outgoing.content_length);
    out.append("\r\n");
  }
  if (terms.is_chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!terms.keeps_alive) out.append("Connection: close\r\n");
  if (terms.keeps_alive && terms.is_http10) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

std::string as_chunk(std::string_view text) {
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

}  // namespace millrace::http
