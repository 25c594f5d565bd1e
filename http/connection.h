// One client, from accept to close.
#pragma once

#include <cstdint>
#include <memory>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/headcount.h"
#include "core/intrusive_list.h"
#include "core/run_queue.h"
#include "core/task.h"
#include "core/timers.h"
#include "core/unique_fd.h"
#include "http/peer_address.h"
#include "http/session.h"
#include "http/site.h"
#include "http/transport.h"

namespace millrace::http {

/// While its client is silent it is this object and an armed receive: no buffer, no coroutine, no
/// parser. With the first bytes a session begins, which ends when all that came was answered. On
/// its core only.
class Connection final : public core::ListNode {
 public:
  /// Told once, when the connection is closed; may destroy it.
  using OnClosed = void (*)(void* self, Connection&) noexcept;

  /// `site` outlives this.
  Connection(core::Core& core, core::UniqueFd socket, const PeerAddress& peer,
             core::Headcount::Head head, const Site& site, void* self, OnClosed on_closed);
  ~Connection();

  /// Waits for the first request.
  void start() noexcept { wait(); }
  const PeerAddress& peer() const noexcept { return peer_; }

  /// Session::drain; at once when idle. Whoever connected a moment ago and has asked nothing yet is
  /// still answered once.
  void drain() noexcept;
  /// Session::release.
  void release() noexcept;
  /// Ends everything now.
  void abort() noexcept;

 private:
  class Readable final : public core::Runnable {
   public:
    explicit Readable(Connection& owner) noexcept;
    Connection& owner;
  };
  class IdleTimeout final : public core::Timer {
   public:
    explicit IdleTimeout(Connection& owner) noexcept;
    Connection& owner;
  };

  void wait() noexcept;
  void stop_waiting() noexcept;
  core::Task<void> serve();
  core::Task<SessionEnd> run_session();
  core::Task<SessionEnd> run_first_session();
  core::Task<core::RecvChunk> read_opening();
  core::Task<SessionEnd> run(Session& session);
  core::Task<void> close(SessionEnd end);

  core::Core& core_;
  const Site& site_;
  const PeerAddress peer_;
  const core::Headcount::Head head_;
  core::Cancellation abort_;
  std::unique_ptr<Transport> transport_;
  Session* session_ = nullptr;  // In the frame of `run_session`.
  Readable readable_;
  IdleTimeout idle_timeout_;  // Set while nothing but the client is waited for.
  bool is_new_ = true;        // Nothing has come.
  bool draining_ = false;
  bool was_served_ = false;
  void* self_;
  OnClosed on_closed_;
};

}  // namespace millrace::http
