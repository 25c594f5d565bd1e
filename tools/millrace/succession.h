// One process takes the place of another: the sockets pass over, no connection is refused.
//
//   successor                              predecessor
//   reads its configuration      'r' ──▶
//                                    ◀── sockets, when it has let go of the store
//   opens the store, accepts     's' ──▶
//                                        sends what it was sending, and ends
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/unique_fd.h"

namespace millrace {

/// A process that is to take over from this one, as this one sees it.
class Successor {
 public:
  /// Starts `command` (the program's path first) with this process's environment. Errors: kOs.
  static core::Result<Successor> start(const std::vector<std::string>& command);

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Errors: kClosed (it ended), kTimeout.
  core::Result<> wait_until_ready() { return expect('r', std::chrono::seconds(30)); }
  core::Result<> wait_until_serving() { return expect('s', std::chrono::seconds(60)); }
  /// Errors: kOs.
  core::Result<> give(const std::vector<core::UniqueFd>& sockets);

 private:
  Successor(pid_t pid, core::UniqueFd channel) noexcept
      : pid_(pid), channel_(std::move(channel)) {}
  core::Result<> expect(char message, std::chrono::seconds within);

  pid_t pid_;
  core::UniqueFd channel_;
};

/// The process that this one is to take over from, as this one sees it.
class Predecessor {
 public:
  /// Empty when nobody started this process to take over.
  static std::optional<Predecessor> find();

  /// Says that this process is ready, and waits until the other one has let go of the store.
  /// Errors: kClosed (it ended), kTimeout, kOs.
  core::Result<std::vector<core::UniqueFd>> take_sockets();
  /// The other one may go.
  void tell_serving() noexcept;

 private:
  explicit Predecessor(core::UniqueFd channel) noexcept : channel_(std::move(channel)) {}

  core::UniqueFd channel_;
};

}  // namespace millrace
