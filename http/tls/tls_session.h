// One TLS connection without its socket: bytes in, bytes out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/snapshot.h"
#include "http/tls/openssl.h"
#include "http/tls/record_opener.h"
#include "http/tls/record_sealer.h"
#include "http/tls/ticket_keys.h"
#include "http/tls/tls_context.h"

namespace millrace::http::tls {

/// OpenSSL shakes hands. With TLS 1.3 it is let go of then, and a RecordSealer and a RecordOpener
/// go on with the secrets that it agreed on: that is faster, and a silent connection costs a fifth.
/// With TLS 1.2 it stays. One core.
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
  core::Result<Progress> handshake();
  /// How many bytes were opened into `room`, which has place for a record; 0: more input is needed.
  /// Errors: kClosed (the peer ended it in the proper way), kMalformed.
  core::Result<size_t> read(std::span<std::byte> room);
  static constexpr size_t kRoomSize = RecordOpener::kRoomSize;

  /// What must be sent before anything that is sealed later: handshake messages, alerts, key
  /// updates. Empty: nothing.
  std::vector<std::byte> take_control();
  bool has_control() const noexcept;
  static constexpr std::array<std::byte, 2> kCloseNotify{std::byte{SSL3_AL_WARNING},
                                                         std::byte{SSL_AD_CLOSE_NOTIFY}};
  /// Says close_notify, in take_control.
  void say_end();

  /// Seals the payload that lies at `payload_offset` within `slab` and yields the record's size;
  /// the record begins at `slab`'s begin.
  core::Result<size_t> seal(std::span<std::byte> slab, size_t payload_size) noexcept;
  static constexpr size_t kPayloadOffset = RecordSealer::kHeaderSize;
  /// What a record adds to its payload, at most, in any version.
  static constexpr size_t kOverheadMax = 32;

  // Of the finished handshake.

  bool is_resumed() const noexcept { return is_resumed_; }
  bool is_tls13() const noexcept { return is_tls13_; }
  /// What ALPN agreed on; "" when the client did not ask.
  std::string_view protocol() const noexcept { return protocol_; }
  /// Null before the end of the handshake, and with TLS 1.2.
  bool has_sealer() const noexcept { return sealer_.has_value(); }
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
  void take_over() noexcept;
  void let_go() noexcept;
  core::Result<size_t> read_records(std::span<std::byte> room);
  bool heed(std::span<const std::byte> message) noexcept;
  std::unexpected<core::Error> refuse(RecordOpener::Alert alert);
  void append_sealed(ContentType type, std::span<const std::byte> payload);
  core::Error failure() noexcept;

  /// A client that sends 388 GB needs a new key 24 times.
  static constexpr unsigned kKeyUpdatesMax = 256;

  core::Snapshot<TlsContext> context_;  // as long as ssl_
  TicketKeys& tickets_;
  std::span<const std::byte> input_;
  std::span<std::byte> room_;  // where OpenSSL's records go; what has no room is control
  size_t room_used_ = 0;
  std::vector<std::byte> control_;  // sealed
  TrafficSecret server_secret_;     // until sealer and opener have them
  TrafficSecret client_secret_;
  uint64_t records_since_secret_ = 0;
  unsigned key_updates_left_ = kKeyUpdatesMax;
  bool owes_key_update_ = false;
  bool is_resumed_ = false;
  bool is_tls13_ = false;
  std::string protocol_;
  std::optional<RecordSealer> sealer_;
  std::optional<RecordOpener> opener_;
  Ssl ssl_;
};

}  // namespace millrace::http::tls
