// A TCP connection in the clear.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/io/recv_stream.h"
#include "core/result.h"
#include "core/task.h"
#include "core/unique_fd.h"
#include "http/server_metrics.h"
#include "http/transport.h"

namespace millrace::http {

/// Files leave by sendfile: their bytes are never in this program's memory.
class ClearTransport final : public Transport {
 public:
  /// `abort` ends every wait at once; it and `metrics` outlive this.
  ClearTransport(core::Core& core, core::UniqueFd socket, const Limits& limits,
                 core::Cancellation& abort, const ServerMetrics& metrics) noexcept;

  core::Task<core::Result<core::RecvChunk>> recv(core::Cancellation& cancellation) override;
  std::optional<core::RecvChunk> try_recv() noexcept override;
  void when_readable(core::Runnable* reader) noexcept override { stream_.when_readable(reader); }
  void watch_end(core::Cancellation* gone) noexcept override { stream_.watch_end(gone); }
  bool is_listening() const noexcept override { return stream_.is_listening(); }
  void listen() noexcept override { stream_.listen(); }
  core::Task<core::Result<>> send(std::span<const std::byte> bytes) override;
  core::Task<core::Result<>> send_last(std::span<const std::byte> bytes) override;
  core::Task<core::Result<>> send_files(std::span<const std::byte> head,
                                        const std::vector<FileSlice>& slices) override;
  core::Task<core::Result<>> send_pieces(std::span<const Piece> pieces) override;
  core::Task<void> linger() override;
  core::Task<void> close() override;
  void reset() noexcept override;

  // What a transport on top of this one is made of.

  struct Sent {
    size_t size = 0;
    bool is_blocked = false;  ///< The socket takes no more now.
  };
  /// Sends what the socket takes at once; `flags` may have MSG_MORE.
  core::Result<Sent> send_now(std::span<const std::byte> bytes, int flags) noexcept;
  /// Until the socket takes more, within the allowance.
  core::Task<core::Result<>> wait_writable();
  /// Has up to kPrefetchBytes of `rest`, a run of a file, read from the disk.
  core::Task<core::Result<>> fetch(const Piece& rest);
  /// How far a cold file is read ahead: 2 s of 4 Mbit/s video.
  static constexpr uint64_t kPrefetchBytes = 1024 * 1024;
  int socket() const noexcept { return socket_.get(); }
  core::Cancellation& abort() noexcept { return abort_; }

 private:
  core::Task<core::Result<>> send_parts(std::span<const std::byte> bytes);
  core::Task<core::Result<>> send_part(std::span<const std::byte> bytes, int flags);
  core::Task<core::Result<>> send_gathered(std::span<const Piece> pieces, int flags);
  core::Task<core::Result<>> send_run(Piece rest);
  bool is_resident(const OpenFile& file, uint64_t window_end) const noexcept;
  bool may_go_on(Sent sent) noexcept;
  core::Task<core::Result<>> take_turns(Sent sent);
  core::Result<Sent> sendmsg_now(std::span<const Piece> pieces, size_t skip, int flags) noexcept;
  core::Result<Sent> count_sent(ssize_t sent) noexcept;
  core::Result<Sent> sendfile_now(int file, uint64_t offset, size_t size) noexcept;
  core::Result<> as_stall(const core::Error& error) noexcept;

  core::Core& core_;
  core::UniqueFd socket_;
  core::io::RecvStream stream_;
  core::Cancellation& abort_;
  const ServerMetrics& metrics_;
  size_t turn_left_;
};

}  // namespace millrace::http
