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
  core::Task<core::Result<>> send(std::span<const std::byte> bytes) override;
  core::Task<core::Result<>> send_files(std::span<const std::byte> head,
                                        const std::vector<FileSlice>& slices) override;
  core::Task<core::Result<>> send_pieces(std::span<const Piece> pieces) override;
  core::Task<void> linger() override;
  core::Task<void> close() override { return stream_.stop(); }
  void reset() noexcept override;

 private:
  struct Sent {
    size_t size = 0;
    bool is_blocked = false;  // the socket takes no more now.
  };

  core::Task<core::Result<>> send_parts(std::span<const std::byte> bytes);
  core::Task<core::Result<>> send_part(std::span<const std::byte> bytes, int flags);
  core::Task<core::Result<>> send_gathered(std::span<const Piece> pieces, int flags);
  core::Task<core::Result<>> send_run(Piece rest);
  core::Task<core::Result<>> fetch(const Piece& rest);
  core::Task<core::Result<>> take_turns(Sent sent);
  core::Task<core::Result<>> wait_writable();
  core::Result<Sent> send_now(std::span<const std::byte> bytes) noexcept;
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
