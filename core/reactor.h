// Who executes the operations of a core.
#pragma once

#include <cstdint>

namespace millrace::core {

enum class Reactor : uint8_t {
  kAuto,   ///< io_uring where it is allowed, else epoll.
  kUring,  ///< The kernel, by io_uring.
  kEpoll,  ///< This program, when epoll says that a descriptor is ready; files by threads.
};

}  // namespace millrace::core
