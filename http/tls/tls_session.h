// One TLS connection without its socket: bytes in, bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/snapshot.h"
#include "http/tls/openssl.h"
#include "http/tls/record_sealer.h"
#include "http/tls/ticket_keys.h"
#include "http/tls/tls_context.h"

namespace millrace::http::tls {

/// OpenSSL shakes hands and opens what comes. With TLS 1.3 a RecordSealer seals what goes, from the
/// end of the handshake on; what OpenSSL then wants to say (alerts, key updates) is said for it,
/// since it no longer knows the sequence number. One core.
class TlsSession {
 public:
  enum class Progress : uint8_t { kDone, kNeedsInput };

  /// `tickets` outlives this.
  TlsSession(core::Snapshot<TlsContext> context, TicketKeys& tickets);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  /// Read in place: `bytes` stay until `has_input` is false or others are given.
  void take_input(std::span<const std::byte> bytes) noexcept { input_ = bytes; }
  bool has_input() const noexcept { return !input_.empty(); }

  /// Goes as far as the input allows; then, and after an error too, `take_control` is to be sent.
  /// Errors: kMalformed (not TLS, or not ours), kUnsupported (version), kPrecondition (no cipher in
  /// common), kClosed (an alert of the peer's).
  core::Result<Progress> handshake() noexcept;
  /// How many bytes were opened into `room`; 0: more input is needed. Errors: kClosed (the peer
  /// ended it in the proper way), kMalformed.
  core::Result<size_t> read(std::span<std::byte> room) noexcept;
  /// Whether `read` would yield bytes that are opened already.
  bool has_opened() const noexcept { return SSL_pending(ssl_.get()) > 0; }

  /// What must be sent before anything that is sealed later: handshake messages, alerts, key
  /// updates. Empty: nothing.
  std::vector<std::byte> take_control();
  bool has_control() const noexcept;
  /// Says close_notify, in take_control.
  void say_end();

  /// Seals the payload that lies at `payload_offset` within `slab` and yields the record's size;
  /// the record begins at `slab`'s begin.
  core::Result<size_t> seal(std::span<std::byte> slab, size_t payload_size) noexcept;
  static constexpr size_t kPayloadOffset = RecordSealer::kHeaderSize;
  /// What a record adds to its payload, at most, in any version.
  static constexpr size_t kOverheadMax = 32;

  bool is_resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }
  bool is_tls13() const noexcept { return SSL_version(ssl_.get()) == TLS1_3_VERSION; }
  /// What ALPN agreed on; "" when the client did not ask.
  std::string_view protocol() const noexcept;
  SSL* ssl() const noexcept { return ssl_.get(); }
  /// Null before the end of the handshake, and with TLS 1.2.
  RecordSealer* sealer() noexcept { return sealer_ ? &*sealer_ : nullptr; }

  /// For TlsContext.
  static void attach_callbacks(SSL_CTX* context);

 private:
  friend struct SessionBio;

  static TlsSession& of(const SSL* ssl) noexcept;
  static void on_key_logged(const SSL* ssl, const char* line) noexcept;
  static void on_message(int is_sent, int version, int content_type, const void* bytes, size_t size,
                         SSL* ssl, void* arg) noexcept;
  static int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                       EVP_MAC_CTX* mac, int is_sealing) noexcept;
  void begin_sealing() noexcept;
  void heed(std::span<const unsigned char> message) noexcept;
  void say_alert(std::span<const unsigned char> alert);
  void append_sealed(ContentType type, std::span<const std::byte> payload);
  core::Error failure() noexcept;

  core::Snapshot<TlsContext> context_;
  TicketKeys& tickets_;
  std::span<const std::byte> input_;
  std::span<std::byte> room_;  // where OpenSSL's records go; what has no room is control
  size_t room_used_ = 0;
  std::vector<std::byte> control_;  // sealed
  TrafficSecret secret_;            // until the sealer has it
  uint64_t records_since_secret_ = 0;
  bool owes_key_update_ = false;
  std::optional<RecordSealer> sealer_;
  Ssl ssl_;
};

}  // namespace millrace::http::tls
