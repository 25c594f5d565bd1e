#include "http/outgoing.h"

#include <utility>

#include "core/http_date.h"
#include "http/accept_encoding.h"
#include "http/conditionals.h"
#include "http/gzip.h"
#include "http/mime.h"
#include "http/problem.h"
#include "http/ranges.h"
#include "http/shared_response.h"
#include "http/status.h"

namespace millrace::http {
namespace {

bool is_read(const Request& request) noexcept {
  return request.method() == Method::kGet || request.method() == Method::kHead;
}

bool honours_range(const Request& request, const Response& response) noexcept {
  return request.method() == Method::kGet && response.status == 200 &&
         response.ranges == RangePolicy::kServe && !request.header("Range").empty();
}

// Equal bytes need equal tags, and the compressed bytes are others (RFC 9110, 8.8.3.3).
void mark_etag_as_gzip(std::string& etag) {
  if (etag.ends_with('"')) etag.insert(etag.size() - 1, "-gz");
}

bool compress(Body& body) {
  if (auto* shared = std::get_if<SharedBytes>(&body)) {
    if (shared->gzip != nullptr) {
      body = SharedBytes{.identity = shared->gzip, .gzip = nullptr};
      return true;
    }
  }
  const auto* text = std::get_if<std::string>(&body);
  if (const auto* shared = std::get_if<SharedBytes>(&body)) text = shared->identity.get();
  if (text == nullptr || text->size() < kGzipBytesMin || text->size() > kGzipBytesMax) return false;
  auto compressed = gzip(*text);
  if (!compressed) return false;
  body = std::move(*compressed);
  return true;
}

void negotiate_coding(const Request& request, Response& response) {
  if (!is_compressible(response.headers.find("Content-Type"))) return;
  if (response.headers.contains("Content-Encoding")) return;
  response.headers.add_element("Vary", "Accept-Encoding");
  // A range is of the text itself: offsets into gzip would help nobody (LH-08).
  if (honours_range(request, response)) return;
  if (choose_coding(request.header("Accept-Encoding")) != ContentCoding::kGzip) return;
  if (!compress(response.body)) return;
  response.headers.set("Content-Encoding", "gzip");
  mark_etag_as_gzip(response.etag);
}

Validators validators_of(const Response& response) noexcept {
  return {.etag = response.etag, .last_modified = response.last_modified};
}

// 304: what a cache needs to refresh its copy, and nothing about a body (RFC 9110, 15.4.5).
void become_not_modified(Response& response) {
  response.status = 304;
  response.body = std::monostate();
  for (const std::string_view name : {"Content-Type", "Content-Encoding", "Content-Length"}) {
    response.headers.erase(name);
  }
}

void apply_conditions(const Request& request, Response& response) {
  if (!is_read(request) || response.status != 200) return;
  const Conditions conditions{.if_match = request.header("If-Match"),
                              .if_none_match = request.header("If-None-Match"),
                              .if_modified_since = request.header("If-Modified-Since"),
                              .if_unmodified_since = request.header("If-Unmodified-Since"),
                              .if_range = {}};
  switch (evaluate(request.method(), conditions, validators_of(response))) {
    case Verdict::kProceed:
      return;
    case Verdict::kNotModified:
      return become_not_modified(response);
    case Verdict::kPreconditionFailed:
      response = problem(412, reason_phrase(412), "the resource is of another version");
      return;
  }
}

// Whether parts of it can be had; says so if they can.
bool offer_ranges(const Request& request, Response& response) {
  if (!is_read(request) || response.status != 200 || response.ranges == RangePolicy::kIgnore ||
      !size_of(response.body)) {
    return false;
  }
  response.headers.set("Accept-Ranges", "bytes");
  return true;
}

void apply_range(const Request& request, Response& response) {
  if (!offer_ranges(request, response)) return;
  const std::optional<uint64_t> size = size_of(response.body);
  if (!honours_range(request, response)) return;
  if (!range_applies(request.header("If-Range"), validators_of(response))) return;
  const RangeSelection selection = select_range(request.header("Range"), *size);
  if (const auto* range = std::get_if<ByteRange>(&selection)) {
    cut(response.body, range->first, range->size);
    response.status = 206;
    response.headers.set("Content-Range", content_range(*range, *size));
  } else if (std::holds_alternative<UnsatisfiableRange>(selection)) {
    response = problem(416, reason_phrase(416));
    response.headers.set("Content-Range", unsatisfied_content_range(*size));
  }
}

void add_validators(Response& response) {
  if (!response.etag.empty()) response.headers.set("ETag", response.etag);
  if (response.last_modified) {
    response.headers.set("Last-Modified", core::format_http_date(*response.last_modified));
  }
}

// With what it lacks still, whether it is the whole, a part, or none of what was asked for.
Outgoing finished(const Request& request, Response response, const CorsPolicy& cors) {
  add_validators(response);
  response.headers.set("X-Content-Type-Options", "nosniff");
  allow_cross_origin(response.headers, cors, request.header("Origin"));
  Outgoing outgoing{.status = response.status,
                    .headers = std::move(response.headers),
                    .shared_headers = nullptr,
                    .body = std::move(response.body),
                    .content_length = {}};
  if (!may_have_body(outgoing.status)) {
    outgoing.body = std::monostate();
    return outgoing;
  }
  outgoing.content_length = size_of(outgoing.body);
  if (request.method() == Method::kHead) outgoing.body = std::monostate();
  return outgoing;
}

Outgoing outgoing_of(const Request& request, Response response, const CorsPolicy& cors) {
  negotiate_coding(request, response);
  apply_conditions(request, response);
  apply_range(request, response);
  return finished(request, std::move(response), cors);
}

// Nothing but the coding of the response, and a range of it, depends on such a request.
bool is_plain(const Request& request, const CorsPolicy& cors) noexcept {
  if (request.method() != Method::kGet || !cors.origins.empty()) return false;
  for (const std::string_view name :
       {"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range"}) {
    if (!request.header(name).empty()) return false;
  }
  return true;
}

SharedResponse::Plain plain_of(Outgoing made) {
  made.headers.lower_names();
  SharedResponse::Plain plain{.headers = std::make_shared<const Headers>(std::move(made.headers)),
                              .content_length = made.content_length.value_or(0),
                              .text = {}};
  if (auto* shared = std::get_if<SharedBytes>(&made.body)) plain.text.identity = shared->identity;
  if (auto* text = std::get_if<std::string>(&made.body)) {
    plain.text.identity = std::make_shared<const std::string>(std::move(*text));
  }
  const auto* files = std::get_if<FileSlices>(&made.body);
  const bool is_short = files != nullptr ? files->head.empty()
                                         : plain.content_length <= PreparedAnswer::kBodyBytesMax;
  if (is_short) plain.prepared = std::make_shared<PreparedAnswer>();
  return plain;
}

// Of the whole, also for a request that asks for a part of what is never compressed.
const SharedResponse::Plain& find_plain(const Request& request, SharedResponse& shared,
                                        const CorsPolicy& cors) {
  const ContentCoding coding = shared.is_compressible()
                                   ? choose_coding(request.header("Accept-Encoding"))
                                   : ContentCoding::kIdentity;
  if (const SharedResponse::Plain* known = shared.plain(coding)) return *known;
  Response whole = shared.copy();
  negotiate_coding(request, whole);
  offer_ranges(request, whole);
  return shared.keep(coding, plain_of(finished(request, std::move(whole), cors)));
}

Outgoing outgoing_of(const SharedResponse& shared, const SharedResponse::Plain& plain) {
  Outgoing outgoing{.status = 200,
                    .headers = {},
                    .shared_headers = plain.headers,
                    .body = plain.text,
                    .content_length = plain.content_length,
                    .prepared = plain.prepared};
  if (shared.files() != nullptr) outgoing.body = *shared.files();
  return outgoing;
}

Outgoing outgoing_of(const Request& request, SharedResponse& shared, const CorsPolicy& cors) {
  const std::string_view asked = request.header("Range");
  // The fields of a part are those of a whole whose coding was not negotiated.
  if (!is_plain(request, cors) || (!asked.empty() && !shared.may_be_cut())) {
    return outgoing_of(request, shared.copy(), cors);
  }
  const SharedResponse::Plain& whole = find_plain(request, shared, cors);
  if (asked.empty()) return outgoing_of(shared, whole);
  const RangeSelection selected = select_range(asked, whole.content_length);
  const auto* range = std::get_if<ByteRange>(&selected);
  if (range == nullptr) return outgoing_of(request, shared.copy(), cors);
  Outgoing outgoing = outgoing_of(shared, whole);
  outgoing.status = 206;
  outgoing.prepared = nullptr;
  outgoing.headers.add("content-range", content_range(*range, whole.content_length));
  outgoing.content_length = range->size;
  cut(outgoing.body, range->first, range->size);
  return outgoing;
}

}  // namespace

std::string_view Outgoing::field(std::string_view name) const noexcept {
  const std::string_view own = headers.find(name);
  return own.empty() && shared_headers != nullptr ? shared_headers->find(name) : own;
}

Outgoing make_outgoing(const Request& request, core::Result<Response> result,
                       const CorsPolicy& cors) {
  if (!result) return outgoing_of(request, problem(result.error()), cors);
  if (result->shared != nullptr) return outgoing_of(request, *result->shared, cors);
  return outgoing_of(request, std::move(*result), cors);
}

}  // namespace millrace::http
