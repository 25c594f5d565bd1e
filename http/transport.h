// Bytes to and from one client: nothing above it knows a socket, or whether they are encrypted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/cancellation.h"
#include "core/recv_buffers.h"
#include "core/result.h"
#include "core/run_queue.h"
#include "core/task.h"
#include "http/body.h"
#include "http/deadline.h"
#include "http/limits.h"
#include "http/open_file.h"

namespace millrace::http {

/// Bytes to be sent from where they are: in memory, or else a run of a file. Borrowed.
struct Piece {
  std::span<const std::byte> bytes;
  const OpenFile* file = nullptr;  ///< Null: `bytes`.
  uint64_t offset = 0;             ///< In the file.
  uint64_t size = 0;               ///< Of the run.
};

/// What it sends waits for the peer no longer than its allowance; a send that failed leaves the
/// connection fit for `close` only. One core.
class Transport {
 public:
  explicit Transport(const Limits& limits) noexcept
      : allowance_(limits.stall_timeout, limits.taken_bytes_min) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Whether it can be used at once. Otherwise `set_up` comes first, once there are bytes.
  virtual bool is_set_up() const noexcept { return true; }
  /// Shakes hands. After an error the connection is fit for `close` only.
  virtual core::Task<core::Result<>> set_up() { co_return core::Result<>(); }
  /// The protocol that was agreed on when it was set up (ALPN): "h2", "http/1.1"; "": none.
  virtual std::string_view protocol() const noexcept { return {}; }

  /// The next bytes, whatever their number; an empty chunk when the peer has finished. Errors: the
  /// cancellation's reason, kClosed, kOs.
  virtual core::Task<core::Result<core::RecvChunk>> recv(core::Cancellation& cancellation) = 0;
  /// Bytes that `recv` would yield without waiting.
  virtual std::optional<core::RecvChunk> try_recv() noexcept = 0;
  /// Schedules `reader`, once, when `recv` would not wait. Until then nothing is held for it. Null:
  /// it is not told any more.
  virtual void when_readable(core::Runnable* reader) noexcept = 0;
  /// RecvStream::watch_end.
  virtual void watch_end(core::Cancellation* gone) noexcept = 0;
  /// RecvStream::is_listening: whether what is watched for would be noticed.
  virtual bool is_listening() const noexcept { return true; }
  /// RecvStream::listen.
  virtual void listen() noexcept {}

  /// Sends from memory. Errors: kClosed, kTimeout (stalled), the reason of the connection's end,
  /// kOs.
  virtual core::Task<core::Result<>> send(std::span<const std::byte> bytes) = 0;
  /// The same for the last bytes before `close`, which follows at once: they may leave together
  /// with the end of the connection.
  virtual core::Task<core::Result<>> send_last(std::span<const std::byte> bytes) {
    return send(bytes);
  }
  /// Sends `head` and then runs of files. The core never waits for a disk: bytes that are not in
  /// memory are fetched first, and others are served meanwhile. Errors: those of `send`; kMalformed
  /// when a file is shorter than its slice says.
  virtual core::Task<core::Result<>> send_files(std::span<const std::byte> head,
                                                const std::vector<FileSlice>& slices) = 0;

  /// Sends all of them in order; what they point at must last as long. Frames of HTTP/2 are made of
  /// such. Errors: those of `send_files`.
  virtual core::Task<core::Result<>> send_pieces(std::span<const Piece> pieces) = 0;

  /// Says that nothing more will be sent, and takes in for a moment what the peer still sends:
  /// closing over unread bytes would reset the connection and destroy the response on its way.
  virtual core::Task<void> linger() = 0;
  /// To be awaited before this is destroyed.
  virtual core::Task<void> close() = 0;
  /// Ends the connection under whoever waits for it.
  virtual void reset() noexcept = 0;

  virtual StallAllowance& allowance() noexcept { return allowance_; }
  /// Bytes that have left for the peer.
  virtual uint64_t sent_bytes() const noexcept { return sent_bytes_; }

 protected:
  void add_sent(size_t bytes) noexcept { sent_bytes_ += bytes; }

 private:
  StallAllowance allowance_;
  uint64_t sent_bytes_ = 0;
};

}  // namespace millrace::http
