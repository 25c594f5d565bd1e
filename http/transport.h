// Bytes to and from one client. The place where TLS will be: nothing above it knows a socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/io/recv_stream.h"
#include "core/result.h"
#include "core/task.h"
#include "core/unique_fd.h"
#include "http/body.h"
#include "http/deadline.h"
#include "http/limits.h"
#include "http/server_metrics.h"

namespace millrace::http {

/// A TCP connection in the clear. What it sends waits for the peer no longer than its allowance; a
/// send that failed leaves the connection fit for `close` only. One core.
class Transport {
 public:
  /// `abort` ends every wait at once; it and `metrics` outlive this.
  Transport(core::Core& core, core::UniqueFd socket, const Limits& limits,
            core::Cancellation& abort, const ServerMetrics& metrics) noexcept;

  /// The next bytes, whatever their number; an empty chunk when the peer has finished. Errors: the
  /// cancellation's reason, kClosed, kOs.
  core::Task<core::Result<core::RecvChunk>> recv(core::Cancellation& cancellation);
  /// RecvStream::watch_end.
  void watch_end(core::Cancellation* gone) noexcept { stream_.watch_end(gone); }

  /// Sends from memory. Errors: kClosed, kTimeout (stalled), the reason of `abort`, kOs.
  core::Task<core::Result<>> send(std::span<const std::byte> bytes);
  /// Sends `head` and then runs of files, by sendfile. The core never waits for a disk: bytes that
  /// are not in memory are fetched first, and others are served meanwhile. Errors: those of `send`;
  /// kMalformed when a file is shorter than its slice says.
  core::Task<core::Result<>> send_files(std::span<const std::byte> head,
                                        const std::vector<FileSlice>& slices);

  /// Says that nothing more will be sent, and takes in for a moment what the peer still sends:
  /// closing over unread bytes would reset the connection and destroy the response on its way.
  core::Task<void> linger();
  /// To be awaited before this is destroyed.
  core::Task<void> close() { return stream_.stop(); }
  /// Resets the connection: whoever waits for it is woken.
  void reset() noexcept;

  StallAllowance& allowance() noexcept { return allowance_; }

 private:
  struct Sent {
    size_t size = 0;
    bool is_blocked = false;  // the socket takes no more now.
  };
  enum class More : uint8_t { kNo, kYes };

  core::Task<core::Result<>> send_part(std::span<const std::byte> bytes, int flags);
  core::Task<core::Result<>> send_slice(const FileSlice& slice);
  core::Task<core::Result<>> fetch(const FileSlice& rest);
  core::Task<core::Result<>> wait_writable();
  core::Result<Sent> send_now(std::span<const std::byte> bytes) noexcept;
  core::Result<Sent> sendfile_now(int file, uint64_t offset, size_t size) noexcept;
  core::Result<> as_stall(const core::Error& error) noexcept;

  core::Core& core_;
  core::UniqueFd socket_;
  core::io::RecvStream stream_;
  core::Cancellation& abort_;
  const ServerMetrics& metrics_;
  StallAllowance allowance_;
};

}  // namespace millrace::http
