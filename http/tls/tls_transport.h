// A connection over TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/core.h"
#include "core/result.h"
#include "core/task.h"
#include "http/clear_transport.h"
#include "http/tls/body_source.h"
#include "http/tls/record_batch.h"
#include "http/tls/tls_endpoint.h"
#include "http/tls/tls_session.h"
#include "http/transport.h"

namespace millrace::http::tls {

/// Before the first byte it costs what a connection in the clear does; idle, two ciphers
/// more (with TLS 1.2, what OpenSSL holds). Records are sealed into a slab of the core's pool and
/// leave together; the slab stays with the connection only while the socket takes no more.
class TlsTransport final : public Transport {
 public:
  /// `endpoint` outlives this; the rest as of ClearTransport.
  TlsTransport(core::Core& core, core::UniqueFd socket, const Limits& limits,
               core::Cancellation& abort, const ServerMetrics& metrics,
               TlsEndpoint& endpoint) noexcept;

  bool is_set_up() const noexcept override { return is_set_up_; }
  /// Errors: those of TlsSession::handshake; kTimeout; kOverloaded; those of `recv` and `send`.
  core::Task<core::Result<>> set_up() override;
  std::string_view protocol() const noexcept override;

  core::Task<core::Result<core::RecvChunk>> recv(core::Cancellation& cancellation) override;
  std::optional<core::RecvChunk> try_recv() noexcept override;
  void when_readable(core::Runnable* reader) noexcept override;
  void watch_end(core::Cancellation* gone) noexcept override { wire_.watch_end(gone); }
  bool is_listening() const noexcept override { return wire_.is_listening(); }
  void listen() noexcept override { wire_.listen(); }
  core::Task<core::Result<>> send(std::span<const std::byte> bytes) override;
  core::Task<core::Result<>> send_files(std::span<const std::byte> head,
                                        const std::vector<FileSlice>& slices) override;
  core::Task<core::Result<>> send_pieces(std::span<const Piece> pieces) override;
  core::Task<void> linger() override;
  core::Task<void> close() override;
  void reset() noexcept override { wire_.reset(); }
  StallAllowance& allowance() noexcept override { return wire_.allowance(); }
  uint64_t sent_bytes() const noexcept override { return wire_.sent_bytes(); }

  const TlsSession* session() const noexcept { return session_ ? &*session_ : nullptr; }

 private:
  core::Task<core::Result<>> shake_hands(core::Cancellation& stop);
  core::Task<core::Result<>> begin(core::Cancellation& stop);
  core::Task<core::Result<>> refuse_plain();
  void count_handshake(const core::Result<>& done, core::MonotonicTime start) const noexcept;
  std::optional<core::Result<core::RecvChunk>> open_next() noexcept;
  void take(core::RecvChunk chunk) noexcept;
  core::Task<core::Result<>> send_next(BodySource& source);
  core::Result<> send_some(RecordBatch& batch, int flags) noexcept;
  core::Task<core::Result<>> fetch(BodySource& source);
  core::Task<core::Result<>> wait_for_slab();
  core::Task<core::Result<>> send_control();
  size_t socket_room() const noexcept;
  void hand_to_kernel() noexcept;
  void say_why() noexcept;
  void say_end() noexcept;

  core::Core& core_;
  TlsEndpoint& endpoint_;
  ClearTransport wire_;
  std::optional<TlsSession> session_;
  core::RecvChunk chunk_;  // what session_ reads from
  Piece only_piece_;       // of `send`
  core::MonotonicTime last_sent_;
  RecordSizes sizes_;
  bool is_set_up_ = false;
  bool is_in_kernel_ = false;  // sealing
  bool is_sending_ = false;
  bool is_broken_ = false;
};

}  // namespace millrace::http::tls
