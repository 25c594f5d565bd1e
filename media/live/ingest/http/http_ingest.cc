#include "media/live/ingest/http/http_ingest.h"

#include <optional>
#include <string>
#include <vector>

#include "http/problem.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::Result;
using core::Task;

/// Enough to tell what it is: the size and type of a first box.
constexpr size_t kSniffSize = 8;

/// The first bytes of each container. A publisher that joins a running MPEG-TS still begins with a
/// packet; fMP4 begins with `ftyp`, or `styp` where an encoder goes on.
std::optional<IngestContainer> recognise(std::span<const std::byte> head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (text.starts_with("FLV\x01")) return IngestContainer::kFlv;
  if (text.starts_with('\x47')) return IngestContainer::kMpegTs;
  const std::string_view type = text.substr(4, 4);
  if (type == "ftyp" || type == "styp" || type == "moov") return IngestContainer::kFmp4;
  return std::nullopt;
}

/// The body as it comes, with what was read of it to recognise it.
class Head {
 public:
  /// Fewer than kSniffSize bytes only where the body has no more.
  Task<Result<std::span<const std::byte>>> read(http::Request& request) {
    while (bytes_.size() < kSniffSize) {
      const auto more = co_await request.read_body();
      if (!more) co_return std::unexpected(more.error());
      if (more->empty()) break;
      bytes_.insert(bytes_.end(), more->begin(), more->end());
    }
    co_return bytes_;
  }

 private:
  std::vector<std::byte> bytes_;
};

http::RouteResult refusal(const core::Error& error) {
  // The key is in the address, which makes it a matter of permission (IG-05).
  if (error.code == ErrorCode::kNotFound) {
    return http::problem(403, "This key may not publish.");
  }
  if (error.code == ErrorCode::kClosed) {
    return http::problem(409, "The stream was taken over by another publisher, or ended.");
  }
  return std::unexpected(error);
}

Task<Result<>> pass_on(http::Request& request, IngestFeed& feed, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (const auto written = co_await feed.write(bytes, request.cancellation()); !written) {
      co_return std::unexpected(written.error());
    }
    const auto more = co_await request.read_body();
    if (!more) co_return std::unexpected(more.error());
    bytes = *more;
  }
  co_return Result<>{};
}

}  // namespace

Task<http::RouteResult> HttpIngest::put_stream(http::Request& request) {
  Head head;
  const auto first = co_await head.read(request);
  if (!first) co_return std::unexpected(first.error());
  const auto container = first->size() < kSniffSize ? std::nullopt : recognise(*first);
  if (!container) {
    co_return http::problem(415, "Neither MPEG-TS nor FLV nor fragmented MP4.");
  }
  auto feed = co_await desk_.admit({.key = std::string(request.param("key")),
                                    .container = *container,
                                    .protocol = "http",
                                    .peer = request.peer_address()},
                                   request.cancellation());
  if (!feed) co_return refusal(feed.error());
  if (const auto passed = co_await pass_on(request, **feed, *first); !passed) {
    co_return refusal(passed.error());
  }
  co_await (*feed)->finish();
  co_return http::Response::no_content();
}

}  // namespace millrace::media::live
