#include "http/http1_response.h"

#include <fmt/format.h>

#include <iterator>

#include "http/status.h"

namespace millrace::http {

Http1Terms terms_for(const Outgoing& outgoing, bool is_http10, bool keeps_alive) noexcept {
  const bool is_stream = std::holds_alternative<std::unique_ptr<BodyStream>>(outgoing.body);
  return {.is_http10 = is_http10,
          .keeps_alive = keeps_alive && !(is_stream && is_http10),
          .is_chunked = is_stream && !is_http10};
}

void append_http1_head(std::string& out, const Outgoing& outgoing, const Http1Terms& terms,
                       std::string_view date) {
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "HTTP/1.1 {} {}\r\nDate: {}\r\n", outgoing.status,
                 reason_phrase(outgoing.status), date);
  for (const Headers::Field& field : outgoing.headers) {
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (outgoing.content_length) {
    fmt::format_to(end, "Content-Length: {}\r\n", *outgoing.content_length);
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
