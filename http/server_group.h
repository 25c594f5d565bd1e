// The servers of one address, one a core.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/core.h"
#include "core/load_board.h"

namespace millrace::http {

class Server;

/// The kernel spreads new connections over the cores' listeners by a hash, which is even only when
/// there are many, and over those of a predecessor or a supervisor as it likes. A core that accepts
/// while it holds clearly more than another hands the socket over before it has read a byte.
class ServerGroup {
 public:
  /// `cores` by index; borrowed.
  explicit ServerGroup(std::vector<core::Core*> cores);

  /// `server` takes what others hand over, from here to `leave`. On its core, as the next three.
  void join(unsigned core, Server& server);
  void leave(unsigned core) noexcept;
  /// Null before and after: what was on its way goes back.
  [[nodiscard]] Server* server_on(unsigned core) const noexcept { return members_[core].server; }
  /// A core that holds clearly less than `core`, also when what waits to be accepted is counted.
  [[nodiscard]] std::optional<unsigned> lighter_than(unsigned core) noexcept;

  [[nodiscard]] core::Core& core_at(unsigned core) noexcept { return *cores_[core]; }
  /// Connections, those on their way from another core included.
  [[nodiscard]] core::LoadBoard& loads() noexcept { return loads_; }

 private:
  struct Member {
    Server* server = nullptr;    // Read and written on its core only.
    std::vector<int> listening;  // Borrowed; never changes once the core is open on the board.
  };
  [[nodiscard]] uint32_t load_with_backlog(unsigned core) const noexcept;

  const std::vector<core::Core*> cores_;
  std::vector<Member> members_;
  core::LoadBoard loads_;
};

}  // namespace millrace::http
