// The worker's end of the ring to the server.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <span>

#include "core/doorbell.h"
#include "core/result.h"
#include "core/shm_ring.h"
#include "media/worker/records.h"

namespace millrace::media::worker {

/// A thread's wait for the server, for as long as there is one.
class ServerLink {
 public:
  explicit ServerLink(pid_t server) noexcept : server_(server) {}
  /// Waits for `bell`, a second at most: the caller looks at its ring again. kClosed: the server is
  /// gone. (It dies with the server in any case; this is for the instant before.)
  core::Result<> wait(const core::Doorbell& bell) const;

 private:
  pid_t server_;
};

/// Writes records for any thread and blocks while the ring is full, which is how a slow disk of the
/// server slows the encoders down. The mutex is the worker's: no core ever takes it.
class ReportWriter {
 public:
  /// All borrowed. `room_bell` is rung by the server when it has made room.
  ReportWriter(core::ShmRingWriter& ring, const core::Doorbell& room_bell,
               const ServerLink& server) noexcept
      : ring_(ring), room_bell_(room_bell), server_(server) {}

  core::Result<> write(UpRecord type, std::initializer_list<std::span<const std::byte>> parts);
  template <class T>
  core::Result<> write(UpRecord type, const T& value) {
    const WireWriter wire = encode(value);
    return write(type, {wire.view()});
  }

 private:
  core::ShmRingWriter& ring_;
  const core::Doorbell& room_bell_;
  const ServerLink& server_;
  std::mutex mutex_;
};

}  // namespace millrace::media::worker
