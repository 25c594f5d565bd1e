#include "media/live/ingest/rtmp/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "core/assert.h"
#include "http/peer_address.h"

namespace millrace::media::rtmp {
namespace {

using core::Result;
using core::Task;

// Accepted sockets inherit it from the one that listens: answers are small and waited for.
Result<> tune(int socket) {
  const int on = 1;
  if (::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
    return core::os_failure(errno, "setsockopt");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<RtmpServer>> RtmpServer::start(core::Core& core, RtmpSite site,
                                                      const core::ListenAddress& listen_on) {
  auto socket = core::io::listen_tcp(listen_on.host, listen_on.port);
  if (!socket) return std::unexpected(socket.error());
  if (const Result<> tuned = tune(socket->get()); !tuned) return std::unexpected(tuned.error());
  const auto port = core::io::local_port(socket->get());
  if (!port) return std::unexpected(port.error());
  std::unique_ptr<RtmpServer> server(
      new RtmpServer(core, std::move(site), std::move(*socket), *port));
  server->listener_.start();
  return server;
}

RtmpServer::RtmpServer(core::Core& core, RtmpSite site, core::UniqueFd socket,
                       uint16_t port) noexcept
    : core_(core),
      site_(std::move(site)),
      listener_(core, std::move(socket), this,
                [](void* self, core::UniqueFd accepted) noexcept {
                  static_cast<RtmpServer*>(self)->accept(std::move(accepted));
                }),
      port_(port) {}

RtmpServer::~RtmpServer() { MR_ASSERT(connection_count_ == 0); }

void RtmpServer::accept(core::UniqueFd socket) noexcept {
  site_.metrics.accepted.add();
  const http::PeerAddress peer = http::PeerAddress::of(socket.get());
  const std::string group(peer.group());
  const auto counted = count_by_address_.find(group);
  const size_t of_address = counted == count_by_address_.end() ? 0 : counted->second;
  if (connection_count_ >= site_.limits.connection_count_max ||
      of_address >= site_.limits.connection_count_max_per_address) {
    site_.metrics.refused.add();
    return;
  }
  ++connection_count_;
  ++count_by_address_[group];
  site_.metrics.connections.add(1);
  // Owned by connections_ until `closed`.
  auto* connection = new RtmpConnection(core_, std::move(socket), peer, site_, this,
                                        [](void* self, RtmpConnection& which) noexcept {
                                          static_cast<RtmpServer*>(self)->closed(which);
                                        });
  connections_.push_back(*connection);
  connection->start();
}

void RtmpServer::closed(RtmpConnection& connection) noexcept {
  const std::unique_ptr<RtmpConnection> owned(&connection);
  const auto counted = count_by_address_.find(std::string(connection.peer().group()));
  if (--counted->second == 0) count_by_address_.erase(counted);
  --connection_count_;
  site_.metrics.connections.add(-1);
  changed_.notify_all();
}

Task<void> RtmpServer::stop() {
  co_await listener_.stop();
  connections_.for_each([](RtmpConnection& connection) { connection.abort(); });
  while (connection_count_ > 0) static_cast<void>(co_await changed_.wait());
}

}  // namespace millrace::media::rtmp
