// Hostile bytes after the preface: the server ends every one of its tasks and keeps nothing.
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/assert.h"
#include "core/core.h"
#include "http/clear_transport.h"
#include "http/h2/http2_session.h"
#include "http/h2/preface.h"
#include "http/router.h"

namespace millrace::http {
namespace {

RouteResult get_text(Request&) { return Response::ok("text/plain", std::string(5000, 'x')); }

core::Task<RouteResult> post_echo(Request& request) {
  auto body = co_await request.read_whole_body(1 << 16);
  if (!body) co_return std::unexpected(body.error());
  co_return Response::ok("text/plain", std::move(*body));
}

core::Task<RouteResult> get_blocked(Request& request) {
  core::Event never;
  static_cast<void>(co_await never.wait(&request.cancellation()));
  co_return Response::no_content();
}

struct Server {
  core::SimulatedClock clock;
  std::unique_ptr<core::Core> core = std::move(*core::Core::create({}, clock));
  core::Metrics registry;
  ServerMetrics metrics{registry};
  Router router;

  Server() {
    router.add(Method::kGet, "/t", endpoint<&get_text>());
    router.add(Method::kPost, "/e", endpoint<&post_echo>());
    router.add(Method::kGet, "/b", endpoint<&get_blocked>());
  }
};

core::Task<> serve(core::Core& core, Transport& transport, const Site& site,
                   core::Cancellation& abort, bool& done) {
  const auto preface = core::bytes_of(h2::kPreface);
  {
    const PeerAddress peer;
    h2::Http2Session session(core, transport, peer, site, abort,
                             core::RecvChunk::copy_of(preface));
    static_cast<void>(co_await session.run());
  }
  co_await transport.close();
  done = true;
}

void run(const uint8_t* data, size_t size) {
  static Server server;
  core::Core& core = *server.core;
  const Site site{.router = server.router, .metrics = server.metrics, .cors = {}, .limits = {}};
  int ends[2];
  MR_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  core::UniqueFd peer(ends[0]);
  core::Cancellation abort;
  ClearTransport transport(core, core::UniqueFd(ends[1]), site.limits, abort, server.metrics);
  bool done = false;
  core.spawn(serve(core, transport, site, abort, done));
  size_t sent = 0;
  for (int turn = 0; turn < 200 && !done; ++turn) {
    char dropped[65536];
    while (::recv(peer.get(), dropped, sizeof dropped, 0) > 0) {
    }
    if (sent < size) {
      const ssize_t now = ::send(peer.get(), data + sent, size - sent, MSG_NOSIGNAL);
      if (now > 0) sent += static_cast<size_t>(now);
    } else if (turn > 20) {
      peer.reset();
    }
    core.turn(core::Core::Idle::kReturn);
  }
  abort.request();
  while (!done) core.turn(core::Core::Idle::kReturn);
  MR_ASSERT(core.recv_buffers().in_use() == 0 && core.buffers().in_use() == 0);
  MR_ASSERT(server.registry.value(server.metrics.h2.streams) == 0);
}

}  // namespace
}  // namespace millrace::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::http::run(data, size);
  return 0;
}
