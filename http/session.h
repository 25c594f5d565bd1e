// What one version of HTTP does with a connection that has something to read.
#pragma once

#include <cstdint>

#include "core/task.h"

namespace millrace::http {

/// How a connection goes on after a session.
enum class SessionEnd : uint8_t {
  kIdle,    ///< Nothing is under way: the next bytes begin another session.
  kClose,   ///< To be closed.
  kLinger,  ///< To be closed, after what the client still sends has been taken in.
};

/// On its core only; everything but `run` may be called while it runs.
class Session {
 public:
  virtual ~Session() = default;

  /// Serves until nothing is under way or the connection is to end. Awaited once.
  virtual core::Task<SessionEnd> run() = 0;
  /// Ends it as soon as nothing is under way: after the current responses. An endless body (events)
  /// ends now.
  virtual void drain() noexcept = 0;
  /// Ends, besides, what waits for something to happen: routes that are blocked learn of it.
  virtual void release() noexcept = 0;
};

}  // namespace millrace::http
