// The protocol between a service and what started it (systemd): sockets that come with the start,
// and short messages about how it goes. Source: sd_listen_fds(3), sd_notify(3).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"

namespace millrace::supervisor {

/// Listening sockets that were passed to this process; none when there are none.
std::vector<core::UniqueFd> take_listeners();

/// "READY=1", "STOPPING=1", "MAINPID=42"; nothing happens where nobody listens.
void notify(std::string_view state) noexcept;

/// How often it wants to hear WATCHDOG=1 at the latest.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace millrace::supervisor
