#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "http/method.h"
#include "http/problem.h"
#include "http/status.h"
#include "media/api/chunk_quality.h"
#include "media/api/live_routes.h"
#include "media/live/live_wait.h"

namespace millrace::media::api {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using http::Response;
using live::Awaited;
using live::ShelvedStream;

struct Chosen {
  size_t rendition = 0;
  std::string_view throughput_source;  ///< Empty: the viewer named the quality.
};

Result<Chosen> choose(const ShelvedStream& stream, const http::Request& request) {
  const std::string_view quality = request.query().find("quality").value_or("auto");
  if (quality != "auto") {
    const auto named = stream.find(quality);
    if (!named) return fail(ErrorCode::kNotFound, "the live stream has no such quality");
    return Chosen{.rendition = *named};
  }
  const Result<Throughput> throughput = throughput_of(request);
  if (!throughput) return std::unexpected(throughput.error());
  const auto chosen = choose_rendition(stream.state(), throughput->bps);
  if (!chosen) return fail(ErrorCode::kOverloaded, "the live stream has not begun");
  return Chosen{.rendition = *chosen, .throughput_source = throughput->source};
}

/// What there is now: a client tells from it how far behind it is.
Response with_position(Response response, const ShelvedStream& stream, const Chosen& chosen) {
  const live::WindowState& window = stream.window(chosen.rendition);
  response.headers.set("X-Chunk-Quality", stream.rendition(chosen.rendition).quality);
  response.headers.set("X-Oldest-Seq", fmt::format("{}", window.oldest_msn()));
  if (!window.segments.empty()) {
    response.headers.set("X-Newest-Seq", fmt::format("{}", window.next_msn - 1));
  }
  if (!chosen.throughput_source.empty()) {
    response.headers.set("X-Throughput-Source", chosen.throughput_source);
  }
  return response;
}

Response refused(int status, std::string_view why, const ShelvedStream& stream,
                 const Chosen& chosen) {
  const live::WindowState& window = stream.window(chosen.rendition);
  const uint64_t newest = window.segments.empty() ? window.next_msn : window.next_msn - 1;
  const std::array members{
      http::ProblemMember{.name = "oldest", .json = fmt::format("{}", window.oldest_msn())},
      http::ProblemMember{.name = "newest", .json = fmt::format("{}", newest)}};
  return with_position(http::problem(status, http::reason_phrase(status), why, members), stream,
                       chosen);
}

Response chunk(const http::SharedResponse& segment, uint64_t seq, const ShelvedStream& stream,
               const Chosen& chosen) {
  Response response = with_position(segment.copy(), stream, chosen);
  response.headers.set("X-Chunk-Seq", fmt::format("{}", seq));
  // Which quality it is depends on the viewer.
  if (!chosen.throughput_source.empty()) {
    response.headers.set("Cache-Control", http::kNoStore);
    response.etag.clear();
  }
  return response;
}

}  // namespace

core::Task<http::RouteResult> LiveRoutes::get_chunk(http::Request& request) {
  const std::shared_ptr<ShelvedStream> stream = shelf_.find(request.param("stream"));
  if (stream == nullptr) co_return fail(ErrorCode::kNotFound, "no such live stream");
  const Result<std::optional<uint64_t>> asked = request.query().find_uint("seq");
  if (!asked) co_return std::unexpected(asked.error());
  const Result<Chosen> chosen = choose(*stream, request);
  if (!chosen) co_return std::unexpected(chosen.error());
  const live::WindowState& window = stream->window(chosen->rendition);
  const uint64_t newest = window.segments.empty() ? window.next_msn : window.next_msn - 1;
  const uint64_t seq = asked->value_or(newest);
  if (seq < window.oldest_msn()) {
    co_return refused(410, "this segment is gone", *stream, *chosen);
  }
  if (seq > window.next_msn + 1) {  // As far as a reload of the list may be ahead (DD-03).
    co_return refused(400, "seq is more than two segments ahead", *stream, *chosen);
  }
  if (seq >= window.next_msn && !window.ended && request.method() != http::Method::kHead) {
    const Awaited whole{.kind = Awaited::Kind::kSegment, .number = seq};
    const Result<> waited =
        co_await live::LiveWait(shelf_, *stream, chosen->rendition, whole, request.cancellation());
    if (!waited) co_return std::unexpected(waited.error());
  }
  const auto found = stream->segment(chosen->rendition, seq);
  if (found == nullptr) {
    co_return refused(404, "there is no such segment, or nothing in it", *stream, *chosen);
  }
  co_return chunk(*found, seq, *stream, *chosen);
}

}  // namespace millrace::media::api
