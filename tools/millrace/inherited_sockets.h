// Sockets that listened before this process began.
#pragma once

#include <vector>

#include "core/listen_address.h"
#include "core/unique_fd.h"

namespace millrace {

/// Those of one address belong together: each was a core's.
class InheritedSockets {
 public:
  InheritedSockets() = default;
  explicit InheritedSockets(std::vector<core::UniqueFd> sockets);

  /// Those that are bound to `wanted`, also when it leaves the port open; none when there are none.
  std::vector<core::UniqueFd> take(const core::ListenAddress& wanted);
  /// The first address that nobody has taken; there must be one.
  [[nodiscard]] const core::ListenAddress& first_address() const { return groups_.front().address; }
  [[nodiscard]] bool empty() const noexcept { return groups_.empty(); }

 private:
  struct Group {
    core::ListenAddress address;
    std::vector<core::UniqueFd> sockets;
  };
  std::vector<Group> groups_;  // In the order in which they came.
};

}  // namespace millrace
