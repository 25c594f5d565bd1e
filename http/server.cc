#include "http/server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

#include "core/assert.h"
#include "core/cores.h"
#include "core/io/poll.h"
#include "core/io/sleep.h"
#include "http/deadline.h"
#include "http/peer_address.h"

namespace millrace::http {
namespace {

using core::Result;
using core::Task;

// 128 KiB: a stalled viewer then costs 0.25 MB of kernel memory instead of 2.6 MB, and what is sent
// next is decided late (IO_URING.md, 8).
constexpr int kNotSentLowWaterBytes = 128 * 1024;
// A peer that acknowledges nothing for this long is gone.
constexpr int kUserTimeoutMs = 60'000;

// Connections that are told they are too many. Beyond, closing without a word is kinder to the
// rest.
constexpr size_t kTurningAwayMax = 128;
constexpr std::chrono::milliseconds kTurningAwayTime{500};

// Written once: a server that is too busy must not spend on saying so.
const std::string& too_many() {
  static const std::string text = [] {
    static constexpr std::string_view kBody =
        R"({"type":"about:blank","title":"Service Unavailable","status":503,)"
        R"("detail":"too many connections"})";
    return fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
        "Content-Length: {}\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: no-store\r\n"
        "Retry-After: 5\r\nConnection: close\r\n\r\n{}",
        kBody.size(), kBody);
  }();
  return text;
}

// Accepted sockets inherit these from the one that listens.
Result<> tune(int socket) {
  const int on = 1;
  if (::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      ::setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentLowWaterBytes,
                   sizeof kNotSentLowWaterBytes) != 0 ||
      ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs) !=
          0) {
    return core::os_failure(errno, "setsockopt");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(core::Core& core, Site site, ListenOn listen_on) {
  if (listen_on.sockets.empty()) {
    auto socket = core::io::listen_tcp(listen_on.address, listen_on.port);
    if (!socket) return std::unexpected(socket.error());
    listen_on.sockets.push_back(std::move(*socket));
  }
  for (const core::UniqueFd& socket : listen_on.sockets) {
    if (const Result<> tuned = tune(socket.get()); !tuned) return std::unexpected(tuned.error());
  }
  const auto port = core::io::local_port(listen_on.sockets.front().get());
  if (!port) return std::unexpected(port.error());
  // sendfile has no MSG_NOSIGNAL: a viewer who leaves would otherwise end the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Server> server(new Server(core, std::move(site), std::move(listen_on), *port));
  for (const auto& listener : server->listeners_) listener->start();
  return server;
}

Server::Fresh::Fresh(Server& owner_of) noexcept
    : Runnable([](Runnable* runnable) noexcept {
        static_cast<Fresh*>(runnable)->owner.place_fresh();
      }),
      owner(owner_of) {}

Server::Server(core::Core& core, Site site, ListenOn listen_on, uint16_t port)
    : core_(core), site_(std::move(site)), group_(listen_on.group), fresh_(*this), port_(port) {
  for (core::UniqueFd& socket : listen_on.sockets) {
    listeners_.push_back(std::make_unique<core::io::Listener>(
        core, std::move(socket), this, [](void* self, core::UniqueFd accepted) noexcept {
          static_cast<Server*>(self)->accept(std::move(accepted));
        }));
  }
  if (group_ != nullptr) group_->join(core_.index(), *this);
  if (site_.routes == nullptr) site_.routes = &own_routes_;
  if (site_.headcount != nullptr) return;
  own_headcount_ = std::make_unique<core::Headcount>();
  site_.headcount = own_headcount_.get();
}

Server::~Server() { MR_ASSERT(busy_with() == 0); }

std::optional<core::Headcount::Head> Server::admit(const PeerAddress& peer) noexcept {
  if (connection_count_ >= site_.limits.connection_count_max_per_core) return std::nullopt;
  if (site_.pressure != nullptr && site_.pressure->level() >= Pressure::kNoConnections) {
    return std::nullopt;
  }
  return site_.headcount->enter(
      peer.group(), {.whole_max = site_.limits.connection_count_max,
                   .group_max = site_.limits.connection_count_max_per_address});
}

void Server::accept(core::UniqueFd socket) noexcept {
  site_.metrics.accepted.add();
  if (group_ == nullptr) return serve(std::move(socket));
  group_->loads().add(core_.index());
  fresh_.sockets.push_back(std::move(socket));
  core_.schedule(fresh_);
}

// All of a turn at once: counted one by one, the first of a burst would see half of the picture.
void Server::place_fresh() noexcept {
  const unsigned own = core_.index();
  bool may_hand_over = accepting_;
  for (core::UniqueFd& socket : std::exchange(fresh_.sockets, {})) {
    const std::optional<unsigned> lighter =
        may_hand_over ? group_->lighter_than(own) : std::nullopt;
    may_hand_over = lighter.has_value();
    if (!lighter) {
      serve(std::move(socket));
      continue;
    }
    group_->loads().remove(own);
    group_->loads().add(*lighter);
    ++handing_over_;
    core_.spawn(hand_over(std::move(socket), *lighter));
  }
  if (!accepting_) changed_.notify_all();
}

Task<void> Server::hand_over(core::UniqueFd socket, unsigned to) {
  const Result<> taken = co_await core::run_on(group_->core_at(to), [&]() -> Result<> {
    Server* there = group_->server_on(to);
    if (there == nullptr) return core::fail(core::ErrorCode::kClosed, "that server has ended");
    site_.metrics.handed_over.add();
    there->serve(std::move(socket));
    return {};
  });
  if (!taken) {
    group_->loads().remove(to);
    group_->loads().add(core_.index());
    serve(std::move(socket));
  }
  --handing_over_;
  changed_.notify_all();
}

void Server::serve(core::UniqueFd socket) noexcept {
  const PeerAddress peer = PeerAddress::of(socket.get());
  std::optional<core::Headcount::Head> head = admit(peer);
  if (!head) {
    site_.metrics.refused.add();
    forget_one();
    if (turning_away_ >= kTurningAwayMax) return;
    ++turning_away_;
    core_.spawn(turn_away(std::move(socket)));
    return;
  }
  ++connection_count_;
  site_.metrics.connections.add(1);
  // Owned by connections_ until `closed`.
  auto* connection = new Connection(
      core_, std::move(socket), peer, *std::move(head), site_, this,
      [](void* self, Connection& which) noexcept { static_cast<Server*>(self)->closed(which); });
  connections_.push_back(*connection);
  connection->start();
  if (!accepting_) connection->drain();  // Another core sent it back.
}

void Server::forget_one() noexcept {
  if (group_ != nullptr) group_->loads().remove(core_.index());
}

void Server::closed(Connection& connection) noexcept {
  const std::unique_ptr<Connection> owned(&connection);
  --connection_count_;
  forget_one();
  site_.metrics.connections.add(-1);
  changed_.notify_all();
}

// Waits for the request before closing, as closing over unread bytes resets the connection and the
// client never sees why.
Task<void> Server::turn_away(core::UniqueFd socket) {
  if (site_.tls == nullptr) {  // A client that begins with a handshake could not read it.
    ::send(socket.get(), too_many().data(), too_many().size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  ::shutdown(socket.get(), SHUT_WR);
  core::Cancellation stop;
  Deadline deadline(core_, stop, kTurningAwayTime);
  core::CancelLink link(core_.stopping(), stop);
  static_cast<void>(co_await core::io::Poll(core_.ring(), socket.get(), POLLIN, &stop));
  std::array<char, 4096> dropped;
  while (::recv(socket.get(), dropped.data(), dropped.size(), MSG_DONTWAIT) > 0) {
  }
  --turning_away_;
  changed_.notify_all();
}

template <class F>
void Server::for_each_connection(F f) noexcept {
  core::IntrusiveList<Connection> all;
  all.splice(connections_);
  while (Connection* connection = all.pop_front()) {
    connections_.push_back(*connection);
    f(*connection);
  }
}

Task<bool> Server::all_gone_within(std::chrono::nanoseconds time, core::Cancellation* hurry) {
  core::Cancellation stop;
  std::optional<core::CancelLink> link;
  if (hurry != nullptr) link.emplace(*hurry, stop);
  Deadline deadline(core_, stop, time);
  while (busy_with() > 0) {
    const Result<> woken = co_await changed_.wait(&stop);
    if (!woken) co_return busy_with() == 0;
  }
  co_return true;
}

Task<void> Server::stop_accepting() {
  if (!std::exchange(accepting_, false)) co_return;
  if (group_ != nullptr) group_->leave(core_.index());
  for (const auto& listener : listeners_) co_await listener->stop();
}

std::vector<int> Server::sockets() const {
  std::vector<int> sockets;
  for (const auto& listener : listeners_) sockets.push_back(listener->fd());
  return sockets;
}

Task<void> Server::fall_quiet() {
  co_await stop_accepting();
  for_each_connection([](Connection& connection) { connection.release(); });
  const core::MonotonicTime latest = core_.now() + kQuietWithin;
  while (site_.routes->inside() > 0 && core_.now() < latest) {
    static_cast<void>(co_await core::io::Sleep(core_, core::Timers::kTick));
  }
}

Task<void> Server::stop(core::Cancellation* hurry) {
  co_await stop_accepting();
  for_each_connection([](Connection& connection) { connection.drain(); });
  if (co_await all_gone_within(kReleaseAfter, hurry)) co_return;
  for_each_connection([](Connection& connection) { connection.release(); });
  if (co_await all_gone_within(site_.limits.drain_timeout - kReleaseAfter, hurry)) co_return;
  for_each_connection([](Connection& connection) { connection.abort(); });
  while (busy_with() > 0) static_cast<void>(co_await changed_.wait());
}

}  // namespace millrace::http
