// What the other side sends, out of its TLS 1.3 records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/result.h"
#include "http/tls/record_cipher.h"
#include "http/tls/record_sealer.h"

namespace millrace::http::tls {

/// Opens records under the client's traffic secret, from the end of the handshake on, so that
/// nothing of OpenSSL but two ciphers is kept for a connection. Holds a part of a record only while
/// the rest of it is on its way. What comes is hostile until a cipher has vouched for it.
class RecordOpener {
 public:
  /// A record's payload and its type; the payload lies in the room that `open` was given.
  struct Record {
    ContentType type = ContentType::kApplicationData;
    std::span<const std::byte> payload;
  };
  /// What the peer did wrong (RFC 8446, 6.2).
  enum class Alert : uint8_t {
    kUnexpectedMessage = 10,
    kBadRecordMac = 20,
    kRecordOverflow = 22,
  };
  /// Room for any record's payload with its type and padding.
  static constexpr size_t kRoomSize = RecordSealer::kPayloadMax + 256;

  /// Errors: kInternal (OpenSSL cannot do the cipher).
  static core::Result<RecordOpener> create(Suite suite, const TrafficSecret& secret);

  /// Takes a record from the beginning of `input`, and what it took away from it. nullopt: the rest
  /// of it has not come. After an alert nothing can be opened any more. `room` is of kRoomSize.
  std::expected<std::optional<Record>, Alert> open(std::span<const std::byte>& input,
                                                   std::span<std::byte> room);

  /// After the peer's KeyUpdate.
  core::Result<> update_key() noexcept { return cipher_.update_key(); }

 private:
  explicit RecordOpener(RecordCipher cipher) noexcept : cipher_(std::move(cipher)) {}
  std::span<const std::byte> take_whole(std::span<const std::byte>& input, size_t size);
  std::expected<Record, Alert> open_whole(std::span<const std::byte> record,
                                          std::span<std::byte> room) noexcept;

  RecordCipher cipher_;
  std::vector<std::byte> partial_;
};

}  // namespace millrace::http::tls
