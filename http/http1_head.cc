#include "http/http1_head.h"

#include <llhttp.h>

#include <utility>

#include "http/request_target.h"
#include "http/token.h"

namespace millrace::http {
namespace {

// What the parser's callbacks collect: views into the head, which `fields` owns.
struct Collected {
  const Limits& limits;
  RequestFields& fields;
  std::string_view target;
  std::string_view name;
  std::string_view value;
  bool too_many_fields = false;
};

Collected& collected(llhttp_t* parser) { return *static_cast<Collected*>(parser->data); }

// A span may come in several calls; within one buffer they are adjacent.
void extend(std::string_view& span, const char* at, size_t size) {
  span =
      span.empty() ? std::string_view(at, size) : std::string_view(span.data(), span.size() + size);
}

int on_target(llhttp_t* parser, const char* at, size_t size) {
  extend(collected(parser).target, at, size);
  return HPE_OK;
}

int on_name(llhttp_t* parser, const char* at, size_t size) {
  extend(collected(parser).name, at, size);
  return HPE_OK;
}

int on_value(llhttp_t* parser, const char* at, size_t size) {
  extend(collected(parser).value, at, size);
  return HPE_OK;
}

int on_field_complete(llhttp_t* parser) {
  Collected& into = collected(parser);
  if (into.fields.count() == into.limits.field_count_max) {
    into.too_many_fields = true;
    return HPE_USER;
  }
  if (!is_token(into.name)) return HPE_USER;  // llhttp lets a line begin with its colon.
  into.fields.add(std::exchange(into.name, {}), trim(std::exchange(into.value, {})));
  return HPE_OK;
}

int on_head_complete(llhttp_t*) { return 1; }  // No body: it is read by its own rules, elsewhere.

const llhttp_settings_t& settings() {
  static const llhttp_settings_t callbacks = [] {
    llhttp_settings_t chosen;
    llhttp_settings_init(&chosen);
    chosen.on_url = on_target;
    chosen.on_header_field = on_name;
    chosen.on_header_value = on_value;
    chosen.on_header_value_complete = on_field_complete;
    chosen.on_headers_complete = on_head_complete;
    return chosen;
  }();
  return callbacks;
}

std::unexpected<Refusal> refuse(int status, const char* why) {
  return std::unexpected(Refusal{.status = status, .why = why});
}

// RFC 9112, 6.1: "A server MAY reject a request that contains both Content-Length and
// Transfer-Encoding"; and 6.3: it must not be guessed where such a body ends.
std::expected<void, Refusal> read_framing(Http1Head& head, int minor_version) {
  const RequestFields& fields = head.request.fields;
  const size_t lengths = fields.count("Content-Length");
  const size_t codings = fields.count("Transfer-Encoding");
  if (lengths + codings > 1) return refuse(400, "more than one body length");
  if (codings == 1) {
    if (minor_version == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
    const std::string_view coding = fields.find("Transfer-Encoding");
    if (!equal_ignoring_case(coding, "chunked")) {
      std::string_view list = coding;
      std::string_view last;
      while (!list.empty()) last = take_list_element(list);
      if (!equal_ignoring_case(last, "chunked")) return refuse(400, "body without an end");
      return refuse(501, "transfer coding not offered");
    }
    head.is_chunked = true;
  }
  if (lengths == 1) return read_content_length(head.request);
  return {};
}

void read_connection(Http1Head& head, int minor_version) {
  const RequestFields& fields = head.request.fields;
  bool asks_close = false;
  bool asks_keep_alive = false;
  for (size_t i = 0; i < fields.count(); ++i) {
    if (!equal_ignoring_case(fields.name(i), "Connection")) continue;
    asks_close = asks_close || list_contains(fields.value(i), "close");
    asks_keep_alive = asks_keep_alive || list_contains(fields.value(i), "keep-alive");
  }
  head.keeps_alive = !asks_close && (minor_version == 1 || asks_keep_alive);
  head.expects_continue =
      minor_version == 1 && equal_ignoring_case(fields.find("Expect"), "100-continue");
}

std::unexpected<Refusal> refusal_of(const llhttp_t& parser, const Collected& into) {
  if (into.too_many_fields) return refuse(431, "too many header fields");
  if (parser.error == HPE_INVALID_METHOD) return refuse(501, "unknown method");
  if (parser.error == HPE_INVALID_VERSION) return refuse(505, "unknown version");
  return refuse(400, "malformed request");
}

std::expected<void, Refusal> fill(Http1Head& head, const llhttp_t& parser,
                                  std::string_view target) {
  const RequestFields& fields = head.request.fields;
  if (parser.http_major != 1 || parser.http_minor > 1) return refuse(505, "unknown version");
  const auto method = parse_method(llhttp_method_name(static_cast<llhttp_method_t>(parser.method)));
  if (!method) return refuse(501, "method not offered");
  head.request.method = *method;
  head.is_http10 = parser.http_minor == 0;
  const size_t hosts = fields.count("Host");
  if (hosts > 1 || (hosts == 0 && parser.http_minor == 1)) return refuse(400, "not one Host");
  if (auto framing = read_framing(head, parser.http_minor); !framing) return framing;
  if (auto read = read_target(head.request, target); !read) return read;
  read_connection(head, parser.http_minor);
  const std::string_view expect = fields.find("Expect");
  if (!expect.empty() && !equal_ignoring_case(expect, "100-continue")) {
    return refuse(417, "unknown expectation");
  }
  return {};
}

}  // namespace

size_t find_head_end(std::string_view input, size_t scanned) noexcept {
  static constexpr std::string_view kEnd = "\r\n\r\n";
  // The mark may straddle what was scanned and what came since.
  const size_t from = scanned < kEnd.size() ? 0 : scanned - kEnd.size() + 1;
  const size_t at = input.find(kEnd, from);
  return at == input.npos ? 0 : at + kEnd.size();
}

bool is_safe_head(std::string_view head) noexcept {
  for (size_t at = head.find('\n'); at != head.npos; at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') return false;
    if (at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t')) return false;
  }
  return true;
}

bool is_request_line(std::string_view line) noexcept {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  return first != line.npos && line.find(' ', first + 1) == last && last != first &&
         is_token(line.substr(0, first)) && line.substr(last + 1).starts_with("HTTP/");
}

std::expected<Http1Head, Refusal> parse_http1_head(std::string bytes, const Limits& limits) {
  if (bytes.size() > limits.head_bytes_max) return refuse(431, "head too large");
  if (!is_safe_head(bytes)) return refuse(400, "bare LF or folded line");
  if (!is_request_line(std::string_view(bytes).substr(0, bytes.find("\r\n")))) {
    return refuse(400, "malformed request line");
  }
  Http1Head head;
  head.request.fields = RequestFields(std::move(bytes));
  const std::string& text = head.request.fields.bytes();
  Collected into{.limits = limits, .fields = head.request.fields};
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings());
  parser.data = &into;
  const llhttp_errno_t status = llhttp_execute(&parser, text.data(), text.size());
  // An Upgrade that we do not offer is an ordinary request (RFC 9110, 7.8).
  if (status != HPE_OK && status != HPE_PAUSED_UPGRADE) return refusal_of(parser, into);
  if (into.target.size() > limits.target_bytes_max) return refuse(414, "request target too long");
  if (auto filled = fill(head, parser, into.target); !filled) {
    return std::unexpected(filled.error());
  }
  return head;
}

}  // namespace millrace::http
