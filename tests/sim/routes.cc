#include "tests/sim/routes.h"

#include <sys/mman.h>

#include "core/io/files.h"
#include "core/io/read.h"
#include "core/io/sleep.h"
#include "http/endpoint.h"
#include "tests/sim/content.h"

namespace millrace::sim {
namespace {

using core::ErrorCode;
using core::Result;
using core::Task;
using http::Method;
using http::Request;
using http::Response;
using http::RouteResult;
using namespace std::chrono_literals;

constexpr int kPieces = 12;

std::string piece_of_stream(int number) {
  return Content::get().text.substr(static_cast<size_t>(number) * 1000,
                                    static_cast<size_t>(number) * 250 + 1);
}

/// Says what it has to say a piece at a time, with pauses.
class Pieces final : public http::BodyStream {
 public:
  enum class End : uint8_t { kWhole, kError, kNever };
  Pieces(core::Core& core, End end) noexcept : core_(core), end_(end) {}

  Task<Result<std::string>> next(core::Cancellation& cancellation) override {
    if (said_ % 3 == 2) {
      const Result<> slept = co_await core::io::Sleep(core_, 20ms, &cancellation);
      if (!slept) co_return std::unexpected(slept.error());
    }
    if (said_ < kPieces) co_return piece_of_stream(said_++);
    if (end_ == End::kError) co_return core::fail(ErrorCode::kInternal, "as it was meant to");
    if (end_ == End::kWhole) co_return std::string();
    const Result<> slept = co_await core::io::Sleep(core_, 1s, &cancellation);
    if (!slept) co_return std::unexpected(slept.error());
    co_return "still here\n";
  }

 private:
  core::Core& core_;
  const End end_;
  int said_ = 0;
};

RouteResult get_small(Request&) {
  return Response::ok("application/octet-stream", Content::get().small);
}

RouteResult get_text(Request&) {
  return Response::ok("text/plain", Content::get().text).with_content_etag();
}

RouteResult get_shared(Request&) {
  return Response::ok("video/mp4",
                      http::SharedBytes{.identity = Content::get().shared, .gzip = nullptr});
}

RouteResult get_film(Request&) {
  return Response::ok("video/mp4", Content::get().whole_film()).with_etag("\"film\"");
}

RouteResult get_pieces(Request&) {
  return Response::ok("video/mp4", Content::get().pieces_of_film());
}

RouteResult get_layout(Request&) {
  const Content& content = Content::get();
  return Response::ok("video/mp4", http::LayoutPart{.layout = content.layout,
                                                    .files = {content.film_file},
                                                    .first = 0,
                                                    .size = content.layout->size()});
}

Task<RouteResult> put_sum(Request& request) {
  const auto body = co_await request.read_whole_body(1 << 20);
  if (!body) co_return std::unexpected(body.error());
  co_return Response::ok("text/plain", sum_of(*body));
}

Task<RouteResult> put_half(Request& request) {
  const auto bytes = co_await request.read_body();
  if (!bytes) co_return std::unexpected(bytes.error());
  co_return Response::ok("text/plain", "enough");
}

RouteResult put_unread(Request&) { return Response::ok("text/plain", "whatever"); }

Task<RouteResult> put_store(Request& request) {
  const core::UniqueFd file(::memfd_create("store", MFD_CLOEXEC));
  core::Ring& ring = core::Core::current().ring();
  std::string all;
  for (;;) {
    const auto bytes = co_await request.read_body();
    if (!bytes) co_return std::unexpected(bytes.error());
    if (bytes->empty()) break;
    const Result<> written = co_await core::io::write_all(ring, file.get(), *bytes, all.size());
    if (!written) co_return std::unexpected(written.error());
    all.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
  std::string stored(all.size(), '\0');
  const Result<> read = co_await core::io::read_exactly(
      ring, file.get(), std::as_writable_bytes(std::span(stored)), 0);
  if (!read) co_return std::unexpected(read.error());
  co_return Response::ok("text/plain", sum_of(stored));
}

}  // namespace

Routes::Routes(core::Core& core, const http::FileCacheMetrics& metrics)
    : core_(core),
      files_(core, {.folder = Content::get().folder.get(), .files_max = 1},
             {.cache_control = "public", .playlist_cache_control = "public"}, metrics) {
  router_.add(Method::kGet, "/small", http::endpoint<&get_small>());
  router_.add(Method::kGet, "/text", http::endpoint<&get_text>());
  router_.add(Method::kGet, "/shared", http::endpoint<&get_shared>());
  router_.add(Method::kGet, "/film", http::endpoint<&get_film>());
  router_.add(Method::kGet, "/pieces", http::endpoint<&get_pieces>());
  router_.add(Method::kGet, "/layout", http::endpoint<&get_layout>());
  router_.add(Method::kPut, "/sum", http::endpoint<&put_sum>());
  router_.add(Method::kPut, "/half", http::endpoint<&put_half>());
  router_.add(Method::kPut, "/unread", http::endpoint<&put_unread>());
  router_.add(Method::kPut, "/store", http::endpoint<&put_store>());
  router_.add(Method::kGet, "/patient", http::endpoint<&Routes::get_patient>(*this));
  router_.add(Method::kGet, "/deaf", http::endpoint<&Routes::get_deaf>(*this));
  router_.add(Method::kGet, "/read", http::endpoint<&Routes::get_read>(*this));
  router_.add(Method::kGet, "/stream", http::endpoint<&Routes::get_stream>(*this));
  router_.add(Method::kGet, "/broken", http::endpoint<&Routes::get_broken>(*this));
  router_.add(Method::kGet, "/endless", http::endpoint<&Routes::get_endless>(*this));
  router_.add(Method::kGet, "/files/{path...}",
              http::endpoint<&http::StaticFiles::get_file>(files_));
}

Task<RouteResult> Routes::get_patient(Request& request) {
  const Result<> woken = co_await opened_.wait(&request.cancellation());
  if (!woken) co_return std::unexpected(woken.error());
  co_return Response::ok("text/plain", "patient");
}

Task<RouteResult> Routes::get_deaf(Request&) {
  static_cast<void>(co_await opened_.wait());
  co_return Response::ok("text/plain", "deaf");
}

Task<RouteResult> Routes::get_read(Request& request) {
  auto buffer = core_.buffers().take(kReadBytes);
  if (!buffer) co_return std::unexpected(buffer.error());
  std::string text;
  while (text.size() < kReadBytes) {
    const auto got = co_await core::io::Read(core_.ring(), Content::get().film_file->fd(),
                                             buffer->bytes().first(kReadBytes - text.size()),
                                             text.size(), &request.cancellation());
    if (!got) co_return std::unexpected(got.error());
    text.append(reinterpret_cast<const char*>(buffer->bytes().data()), *got);
  }
  co_return Response::ok("video/mp4", std::move(text));
}

RouteResult Routes::get_stream(Request&) {
  return Response::ok("text/event-stream", std::make_unique<Pieces>(core_, Pieces::End::kWhole));
}

RouteResult Routes::get_broken(Request&) {
  return Response::ok("text/event-stream", std::make_unique<Pieces>(core_, Pieces::End::kError));
}

RouteResult Routes::get_endless(Request&) {
  return Response::ok("text/event-stream", std::make_unique<Pieces>(core_, Pieces::End::kNever));
}

std::string streamed_text() {
  std::string all;
  for (int i = 0; i < kPieces; ++i) all += piece_of_stream(i);
  return all;
}

}  // namespace millrace::sim
