// Who is at the other end.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::http {

/// Kept in 16 bytes, and written out only for those who read it: most connections need none of the
/// text.
class PeerAddress {
 public:
  PeerAddress() = default;
  explicit PeerAddress(const sockaddr_storage& address) noexcept;
  static PeerAddress of(int socket) noexcept;

  /// Numeric, without a port; "" when it cannot be told. IPv4 mapped into IPv6 is given as IPv4.
  [[nodiscard]] std::string text() const;
  /// What limits count by: the bytes of the address, or of the /64 of an IPv6 address.
  [[nodiscard]] std::string_view group() const noexcept;

 private:
  enum class Family : unsigned char { kNone, kIpv4, kIpv6 };
  std::array<char, 16> bytes_{};  // IPv4: the first four.
  Family family_ = Family::kNone;
};

}  // namespace millrace::http
