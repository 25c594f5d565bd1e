#include "http/client/response_head.h"

#include <llhttp.h>

#include <utility>

#include "http/http1_head.h"
#include "http/token.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

struct Collected {
  const Limits& limits;
  RequestFields& fields;
  std::string_view name;
  std::string_view value;
  bool too_many_fields = false;
};

// A span may come in several calls; within one buffer they are adjacent.
void extend(std::string_view& span, const char* at, size_t size) {
  span =
      span.empty() ? std::string_view(at, size) : std::string_view(span.data(), span.size() + size);
}

int on_name(llhttp_t* parser, const char* at, size_t size) {
  extend(static_cast<Collected*>(parser->data)->name, at, size);
  return HPE_OK;
}

int on_value(llhttp_t* parser, const char* at, size_t size) {
  extend(static_cast<Collected*>(parser->data)->value, at, size);
  return HPE_OK;
}

int on_field_complete(llhttp_t* parser) {
  Collected& into = *static_cast<Collected*>(parser->data);
  into.too_many_fields = into.fields.count() == into.limits.field_count_max;
  if (into.too_many_fields || !is_token(into.name)) return HPE_USER;
  into.fields.add(std::exchange(into.name, {}), trim(std::exchange(into.value, {})));
  return HPE_OK;
}

int on_head_complete(llhttp_t*) { return 1; }  // No body: it is read by its own rules, elsewhere.

const llhttp_settings_t& settings() {
  static const llhttp_settings_t callbacks = [] {
    llhttp_settings_t chosen;
    llhttp_settings_init(&chosen);
    chosen.on_header_field = on_name;
    chosen.on_header_value = on_value;
    chosen.on_header_value_complete = on_field_complete;
    chosen.on_headers_complete = on_head_complete;
    return chosen;
  }();
  return callbacks;
}

bool has_no_body(int status, Method method) noexcept {
  return method == Method::kHead || status < 200 || status == 204 || status == 304;
}

Result<> read_framing(ResponseHead& head, Method method) {
  const size_t lengths = head.fields.count("Content-Length");
  const size_t codings = head.fields.count("Transfer-Encoding");
  if (has_no_body(head.status, method)) {
    head.content_length = 0;
    return {};
  }
  if (lengths + codings > 1) return fail(ErrorCode::kMalformed, "more than one body length");
  if (codings == 1) {
    if (!equal_ignoring_case(head.header("Transfer-Encoding"), "chunked")) {
      return fail(ErrorCode::kMalformed, "a transfer coding that was not asked for");
    }
    head.is_chunked = true;
  } else if (lengths == 1) {
    head.content_length = parse_decimal(head.header("Content-Length"));
    if (!head.content_length) return fail(ErrorCode::kMalformed, "Content-Length is no number");
  } else {
    head.keeps_alive = false;
  }
  return {};
}

}  // namespace

Result<ResponseHead> parse_response_head(std::string bytes, Method method, const Limits& limits) {
  if (bytes.size() > limits.head_bytes_max) return fail(ErrorCode::kTooLarge, "a response's head");
  if (!is_safe_head(bytes)) return fail(ErrorCode::kMalformed, "bare LF or folded line");
  ResponseHead head;
  head.fields = RequestFields(std::move(bytes));
  const std::string& text = head.fields.bytes();
  Collected into{.limits = limits, .fields = head.fields};
  llhttp_t parser;
  llhttp_init(&parser, HTTP_RESPONSE, &settings());
  parser.data = &into;
  const llhttp_errno_t status = llhttp_execute(&parser, text.data(), text.size());
  if (into.too_many_fields) return fail(ErrorCode::kTooLarge, "fields of a response's head");
  const bool is_read = status == HPE_OK || status == HPE_PAUSED_UPGRADE;
  if (!is_read || parser.http_major != 1 || parser.http_minor > 1 || parser.status_code < 100 ||
      parser.status_code > 599) {
    return fail(ErrorCode::kMalformed, "no head of an HTTP/1 response");
  }
  head.status = parser.status_code;
  const std::string_view connection = head.header("Connection");
  head.keeps_alive = parser.http_minor == 1 ? !list_contains(connection, "close")
                                            : list_contains(connection, "keep-alive");
  if (const auto framing = read_framing(head, method); !framing) {
    return std::unexpected(framing.error());
  }
  return head;
}

}  // namespace millrace::http
