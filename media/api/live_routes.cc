#include "media/api/live_routes.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "http/method.h"
#include "http/problem.h"
#include "http/response.h"
#include "http/status.h"
#include "media/live/live_wait.h"

namespace millrace::media::api {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;
using http::Response;
using http::RouteResult;
using live::Awaited;
using live::LiveWait;
using live::ShelvedStream;
using live::StreamState;
using Reload = ShelvedStream::Reload;

/// A stream and a rendition of it, as a path names them.
struct Named {
  std::shared_ptr<ShelvedStream> stream;
  size_t rendition = 0;
};

Result<Named> find_named(const live::LiveShelf& shelf, const http::Request& request) {
  std::shared_ptr<ShelvedStream> stream = shelf.find(request.param("stream"));
  if (stream == nullptr) return fail(ErrorCode::kNotFound, "no such live stream");
  const std::optional<size_t> rendition = stream->find(request.param("quality"));
  if (!rendition) return fail(ErrorCode::kNotFound, "the live stream has no such quality");
  return Named{.stream = std::move(stream), .rendition = *rendition};
}

bool may_wait(const http::Request& request) noexcept {
  return request.method() != http::Method::kHead;  // HT-05
}

// LH-04: that something is not there is true for a target duration.
Response missing(const StreamState& state, int status, std::string_view why) {
  return http::problem(status, http::reason_phrase(status), why)
      .with_cache_control(fmt::format("public, max-age={}", state.timings.target_duration_s));
}

// What came before the window existed once; what comes behind it may exist yet.
Response missing_segment(const ShelvedStream& stream, size_t rendition, uint64_t msn) {
  const live::WindowState& window = stream.window(rendition);
  if (msn < window.oldest_msn()) return missing(stream.state(), 410, "this segment is gone");
  return missing(stream.state(), 404, "there is no such segment");
}

}  // namespace

Task<RouteResult> LiveRoutes::get_multivariant(http::Request& request) {
  const std::shared_ptr<ShelvedStream> stream = shelf_.find(request.param("stream"));
  if (stream == nullptr) co_return fail(ErrorCode::kNotFound, "no such live stream");
  if (!stream->state().multivariant.exists() && may_wait(request)) {
    const Result<> waited = co_await LiveWait(shelf_, *stream, request.cancellation());
    if (!waited) co_return std::unexpected(waited.error());
  }
  if (!stream->state().multivariant.exists()) {
    co_return fail(ErrorCode::kOverloaded, "the live stream has not begun");
  }
  co_return Response::of(stream->multivariant());
}

Task<RouteResult> LiveRoutes::get_media_playlist(http::Request& request) {
  const Result<Named> named = find_named(shelf_, request);
  if (!named) co_return std::unexpected(named.error());
  const auto& [stream, rendition] = *named;
  live::ReloadDirectives asked;
  Reload reload = Reload::kPlain;
  if (stream->state().phase != StreamState::Phase::kEnded) {  // DD-01
    const auto parsed = live::parse_reload_directives(request.query());
    if (!parsed) co_return std::unexpected(parsed.error());
    asked = *parsed;
    const live::WindowState& window = stream->window(rendition);
    auto awaited =
        live::judge_reload(asked, window, stream->state().timings, options_.lone_segment);
    if (!awaited) co_return std::unexpected(awaited.error());
    if (!*awaited && window.is_empty()) {
      *awaited = Awaited{.kind = Awaited::Kind::kPart, .number = window.next_msn, .index = 0};
    }
    if (asked.msn) reload = Reload::kBlocking;
    if (*awaited && may_wait(request)) {
      const Result<> waited =
          co_await LiveWait(shelf_, *stream, rendition, **awaited, request.cancellation());
      if (!waited) co_return std::unexpected(waited.error());
    } else if (*awaited) {
      reload = Reload::kPlain;
    }
  }
  if (!stream->rendition(rendition).full.exists()) {
    co_return fail(ErrorCode::kOverloaded, "this rendition has not begun");
  }
  co_return Response::of(stream->playlist(rendition, asked.skip, reload));
}

RouteResult LiveRoutes::get_init_segment(http::Request& request) {
  const Result<Named> named = find_named(shelf_, request);
  if (!named) return std::unexpected(named.error());
  const auto& [stream, rendition] = *named;
  const live::InitSegment* init = stream->window(rendition).find_init(request.param_uint("init"));
  if (init == nullptr) return missing(stream->state(), 404, "there is no such init segment");
  return Response::ok(stream->rendition(rendition).media_type,
                      http::SharedBytes{.identity = init->bytes})
      .with_cache_control(http::kImmutable)
      .with_content_etag();
}

RouteResult LiveRoutes::get_segment(http::Request& request) {
  const Result<Named> named = find_named(shelf_, request);
  if (!named) return std::unexpected(named.error());
  const auto& [stream, rendition] = *named;
  const uint64_t msn = request.param_uint("msn");
  auto found = stream->segment(rendition, msn);
  if (found == nullptr) return missing_segment(*stream, rendition, msn);
  return Response::of(std::move(found));
}

Task<RouteResult> LiveRoutes::get_part(http::Request& request) {
  const Result<Named> named = find_named(shelf_, request);
  if (!named) co_return std::unexpected(named.error());
  const auto& [stream, rendition] = *named;
  const uint64_t number = request.param_uint("part");
  const live::WindowState& window = stream->window(rendition);
  // LH-01: the hinted part is waited for, as a whole.
  if (number == window.next_part && !window.ended && may_wait(request)) {
    const Awaited hinted{.kind = Awaited::Kind::kHint, .number = number};
    const Result<> waited =
        co_await LiveWait(shelf_, *stream, rendition, hinted, request.cancellation());
    if (!waited) co_return std::unexpected(waited.error());
  }
  auto found = stream->part(rendition, number);
  if (found == nullptr) co_return missing(stream->state(), 404, "there is no such part");
  co_return Response::of(std::move(found));
}

}  // namespace millrace::media::api
