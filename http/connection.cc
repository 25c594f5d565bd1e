#include "http/connection.h"

#include <string_view>
#include <utility>

#include "core/assert.h"
#include "http/clear_transport.h"
#include "http/deadline.h"
#include "http/h2/http2_session.h"
#include "http/h2/preface.h"
#include "http/http1_session.h"
#include "http/tls/tls_transport.h"

namespace millrace::http {

using core::Task;

namespace {

// A request follows its connection by a round trip: 500 ms from the other side of the world.
constexpr std::chrono::milliseconds kFirstRequestGrace{500};

std::unique_ptr<Transport> transport_for(core::Core& core, core::UniqueFd socket,
                                         core::Cancellation& abort, const Site& site) {
  if (site.tls == nullptr) {
    return std::make_unique<ClearTransport>(core, std::move(socket), site.limits, abort,
                                            site.metrics);
  }
  return std::make_unique<tls::TlsTransport>(core, std::move(socket), site.limits, abort,
                                             site.metrics, *site.tls);
}

}  // namespace

Connection::Readable::Readable(Connection& owner_of) noexcept
    : Runnable([](Runnable* runnable) noexcept {
        Connection& self = static_cast<Readable*>(runnable)->owner;
        self.stop_waiting();
        self.core_.spawn(self.serve());
      }),
      owner(owner_of) {}

Connection::IdleTimeout::IdleTimeout(Connection& owner_of) noexcept
    : Timer([](Timer* timer) noexcept {
        Connection& self = static_cast<IdleTimeout*>(timer)->owner;
        self.stop_waiting();
        self.core_.spawn(self.close(SessionEnd::kClose));
      }),
      owner(owner_of) {}

Connection::Connection(core::Core& core, core::UniqueFd socket, const PeerAddress& peer,
                       core::Headcount::Head head, const Site& site, void* self, OnClosed on_closed)
    : core_(core),
      site_(site),
      peer_(peer),
      head_(std::move(head)),
      transport_(transport_for(core, std::move(socket), abort_, site)),
      readable_(*this),
      idle_timeout_(*this),
      self_(self),
      on_closed_(on_closed) {}

Connection::~Connection() { MR_ASSERT(!idle_timeout_.linked() && session_ == nullptr); }

void Connection::wait() noexcept {
  const auto time = transport_->is_set_up() ? site_.limits.idle_timeout : site_.limits.head_timeout;
  core_.timers().set(idle_timeout_, core_.now() + time);
  transport_->when_readable(&readable_);
}

void Connection::stop_waiting() noexcept {
  idle_timeout_.unlink();
  transport_->when_readable(nullptr);
  readable_.unlink();
}

Task<void> Connection::serve() {
  if (!transport_->is_set_up()) {
    const core::Result<> done = co_await transport_->set_up();
    if (!done) co_return co_await close(SessionEnd::kClose);
    wait();
    if (draining_) core_.timers().set(idle_timeout_, core_.now() + kFirstRequestGrace);
    co_return;
  }
  was_served_ = true;
  const SessionEnd end = co_await run_session();
  if (end == SessionEnd::kIdle && !draining_) {
    wait();
  } else {
    co_await close(end);
  }
}

Task<SessionEnd> Connection::run_session() {
  if (std::exchange(is_new_, false)) co_return co_await run_first_session();
  Http1Session session(core_, *transport_, peer_, site_, abort_, core::RecvChunk());
  co_return co_await run(session);
}

// Its first bytes tell which version of HTTP a client speaks, unless TLS has.
Task<SessionEnd> Connection::run_first_session() {
  core::RecvChunk opening = co_await read_opening();
  const std::string_view agreed = transport_->protocol();
  const bool has_preface = h2::judge_opening(opening.bytes()) == h2::Opening::kHttp2;
  if (agreed == "h2" || (agreed.empty() && has_preface)) {
    h2::Http2Session session(core_, *transport_, peer_, site_, abort_, std::move(opening));
    co_return co_await run(session);
  }
  Http1Session session(core_, *transport_, peer_, site_, abort_, std::move(opening));
  co_return co_await run(session);
}

Task<core::RecvChunk> Connection::read_opening() {
  core::Cancellation late;
  core::CancelLink link(abort_, late);
  Deadline deadline(core_, late, site_.limits.head_timeout);
  core::RecvChunk opening;
  do {
    auto chunk = co_await transport_->recv(late);
    if (!chunk || chunk->empty()) break;
    opening = opening.empty() ? std::move(*chunk)
                              : core::RecvChunk::joined(opening.bytes(), chunk->bytes());
  } while (h2::judge_opening(opening.bytes()) == h2::Opening::kUndecided);
  co_return opening;
}

Task<SessionEnd> Connection::run(Session& session) {
  session_ = &session;
  if (draining_) session.drain();
  const SessionEnd end = co_await session.run();
  session_ = nullptr;
  co_return end;
}

Task<void> Connection::close(SessionEnd end) {
  if (end == SessionEnd::kLinger) co_await transport_->linger();
  co_await transport_->close();
  on_closed_(self_, *this);
}

void Connection::drain() noexcept {
  draining_ = true;
  if (session_ != nullptr) session_->drain();
  if (!idle_timeout_.linked()) return;
  if (!was_served_) {
    core_.timers().set(idle_timeout_, core_.now() + kFirstRequestGrace);
    return;
  }
  stop_waiting();
  core_.spawn(close(SessionEnd::kClose));
}

void Connection::release() noexcept {
  drain();
  if (session_ != nullptr) session_->release();
}

void Connection::abort() noexcept {
  abort_.request();
  was_served_ = true;
  drain();
}

}  // namespace millrace::http
