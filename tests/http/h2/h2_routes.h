// What the tests of HTTP/2 ask for.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "core/event.h"
#include "http/problem.h"
#include "http/shared_response.h"
#include "tests/http/h2/h2_client.h"

namespace millrace::http::test {

inline RouteResult get_echo(Request& request) {
  return Response::ok("text/plain", std::string(request.param("text")));
}

inline RouteResult get_fields(Request& request) {
  std::string text(request.header("Host"));
  text.append("|").append(request.header("Cookie")).append("|").append(request.header("X-A"));
  return Response::ok("text/plain", text);
}

inline core::Task<RouteResult> post_echo(Request& request) {
  auto body = co_await request.read_whole_body(1 << 24);
  if (!body) co_return std::unexpected(body.error());
  co_return Response::ok("application/octet-stream", std::move(*body));
}

inline RouteResult post_ignored(Request&) { return problem(409, "Conflict"); }

/// A file of different bytes in memory.
inline std::shared_ptr<const OpenFile> sample_file(size_t size, std::string& text) {
  text.resize(size);
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  core::UniqueFd fd(::memfd_create("sample", MFD_CLOEXEC));
  EXPECT_EQ(::write(fd.get(), text.data(), size), static_cast<ssize_t>(size));
  return std::make_shared<const OpenFile>(std::move(fd), size);
}

/// Routes that answer when the test says so.
struct Stage {
  core::Event go;
  core::Result<> ended;
  int running = 0;
  std::shared_ptr<const OpenFile> file;
  std::string text;
  std::shared_ptr<SharedResponse> prepared;

  core::Task<RouteResult> get_blocked(Request& request) {
    ++running;
    ended = co_await go.wait(&request.cancellation());
    --running;
    if (!ended) co_return std::unexpected(ended.error());
    co_return Response::ok("text/plain", "went on");
  }
  RouteResult get_file(Request&) {
    return Response::ok(
        "video/mp4",
        FileSlices{.head = "head", .slices = {{file, 0, 1000}, {file, 1000, file->size() - 1000}}});
  }
  /// 8 MB, more than sockets hold.
  RouteResult get_long(Request&) {
    FileSlices body;
    for (int i = 0; i < 8; ++i) body.slices.push_back({file, 0, file->size()});
    return Response::ok("video/mp4", std::move(body));
  }
  RouteResult get_playlist(Request&) {
    return Response::ok("application/vnd.apple.mpegurl", text.substr(0, 2000)).ignoring_ranges();
  }
  RouteResult get_prepared(Request&) {
    if (prepared == nullptr) {
      const SharedBytes body{.identity = std::make_shared<const std::string>(500, '#')};
      prepared = std::make_shared<SharedResponse>(
          Response::ok("application/vnd.apple.mpegurl", body).with_etag("\"1\""));
    }
    return Response::of(prepared);
  }
  /// Does not care whether anybody waits.
  core::Task<RouteResult> get_stubborn(Request&) {
    ++running;
    static_cast<void>(co_await go.wait());
    --running;
    co_return Response::no_content();
  }
  RouteResult get_shared(Request&) {
    return Response::ok("video/mp4",
                        SharedBytes{.identity = std::make_shared<const std::string>(text)});
  }
};

class H2Test : public LoopbackTest {
 protected:
  H2Test() {
    stage_.file = sample_file(1'000'000, stage_.text);
    router_.add(Method::kGet, "/echo/{text}", endpoint<&get_echo>());
    router_.add(Method::kGet, "/fields", endpoint<&get_fields>());
    router_.add(Method::kPost, "/echo", endpoint<&post_echo>());
    router_.add(Method::kPost, "/ignored", endpoint<&post_ignored>());
    router_.add(Method::kGet, "/blocked", endpoint<&Stage::get_blocked>(stage_));
    router_.add(Method::kGet, "/file", endpoint<&Stage::get_file>(stage_));
    router_.add(Method::kGet, "/long", endpoint<&Stage::get_long>(stage_));
    router_.add(Method::kGet, "/playlist", endpoint<&Stage::get_playlist>(stage_));
    router_.add(Method::kGet, "/stubborn", endpoint<&Stage::get_stubborn>(stage_));
    router_.add(Method::kGet, "/prepared", endpoint<&Stage::get_prepared>(stage_));
    router_.add(Method::kGet, "/shared", endpoint<&Stage::get_shared>(stage_));
  }
  H2Client connect_h2(Windows windows = Windows::kOpen) {
    return H2Client(pump_, server_->port(), windows);
  }

  Stage stage_;
};

}  // namespace millrace::http::test
