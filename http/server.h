// The HTTP server of one core.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/core.h"
#include "core/event.h"
#include "core/headcount.h"
#include "core/intrusive_list.h"
#include "core/io/listener.h"
#include "core/result.h"
#include "core/task.h"
#include "http/connection.h"
#include "http/server_group.h"
#include "http/site.h"

namespace millrace::http {

/// Where to listen. Each core's server listens on a socket of its own (SO_REUSEPORT); on port 0 the
/// first takes a free one and the others are given its number.
struct ListenOn {
  std::string address = "127.0.0.1";  ///< Numeric.
  uint16_t port = 0;
  /// Sockets that listen there already: of a predecessor, or of a supervisor. Empty: one is opened.
  std::vector<core::UniqueFd> sockets = {};
  /// The servers of this address on all cores; borrowed. Null: this one serves all it accepts.
  ServerGroup* group = nullptr;
};

/// Accepts connections and runs them on its core. Over a limit a connection gets a 503 with
/// Retry-After that was written beforehand. Lives until `stop` is done.
class Server {
 public:
  /// Binds and starts to accept, on the calling core. Errors: kInvalid (address), kOs.
  static core::Result<std::unique_ptr<Server>> start(core::Core& core, Site site,
                                                     ListenOn listen_on);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// The port in use.
  uint16_t port() const noexcept { return port_; }
  size_t connection_count() const noexcept { return connection_count_; }

  /// Accepts nothing more, closes what is idle, lets responses finish; after kReleaseAfter ends
  /// what is blocked, and after Limits::drain_timeout everything. Done when the last connection is
  /// closed. Once. `hurry`, when requested, ends everything at once.
  core::Task<void> stop(core::Cancellation* hurry = nullptr);
  /// Accepts nothing more, and ends what waits for something to happen; what is being sent goes on.
  /// Done when no route runs any more, or after kQuietWithin. Before `stop`.
  core::Task<void> fall_quiet();
  static constexpr std::chrono::milliseconds kQuietWithin{5000};
  /// Borrowed, for a successor.
  [[nodiscard]] std::vector<int> sockets() const;
  /// From now on, for connections that are open too.
  void configure(CorsPolicy cors, const Limits& limits) {
    site_.cors = std::move(cors);
    site_.limits = limits;
  }

  /// 2 s: twice what a busy route takes; less than a player buffers.
  static constexpr std::chrono::milliseconds kReleaseAfter{2000};

 private:
  Server(core::Core& core, Site site, ListenOn listen_on, uint16_t port);

  class Fresh final : public core::Runnable {
   public:
    explicit Fresh(Server& owner) noexcept;
    Server& owner;
    std::vector<core::UniqueFd> sockets = {};
  };

  void accept(core::UniqueFd socket) noexcept;
  void place_fresh() noexcept;
  core::Task<void> hand_over(core::UniqueFd socket, unsigned to);
  void serve(core::UniqueFd socket) noexcept;
  void forget_one() noexcept;
  core::Task<void> stop_accepting();
  std::optional<core::Headcount::Head> admit(const PeerAddress& peer) noexcept;
  void closed(Connection& connection) noexcept;
  core::Task<void> turn_away(core::UniqueFd socket);
  core::Task<bool> all_gone_within(std::chrono::nanoseconds time, core::Cancellation* hurry);
  template <class F>
  void for_each_connection(F f) noexcept;

  /// Connections, and sockets that are not yet one or never will be.
  size_t busy_with() const noexcept {
    return connection_count_ + turning_away_ + handing_over_ + fresh_.sockets.size();
  }

  core::Core& core_;
  Site site_;
  ServerGroup* const group_;
  Fresh fresh_;  // Accepted in this turn.
  std::vector<std::unique_ptr<core::io::Listener>> listeners_;
  bool accepting_ = true;
  uint16_t port_;
  core::IntrusiveList<Connection> connections_;
  size_t connection_count_ = 0;
  size_t turning_away_ = 0;
  size_t handing_over_ = 0;
  core::Gate own_routes_;                           // As the next.
  std::unique_ptr<core::Headcount> own_headcount_;  // Where the site has none.
  core::Event changed_;
};

}  // namespace millrace::http
