#include "http/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace millrace::http {
namespace {

constexpr size_t kIpv4Size = 4;
// One subscriber has a whole /64 to choose addresses from.
constexpr size_t kNetworkSize = 8;

}  // namespace

PeerAddress::PeerAddress(const sockaddr_storage& address) noexcept {
  if (address.ss_family == AF_INET) {
    family_ = Family::kIpv4;
    std::memcpy(bytes_.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, kIpv4Size);
  } else if (address.ss_family == AF_INET6) {
    const in6_addr& whole = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&whole);
    family_ = is_mapped ? Family::kIpv4 : Family::kIpv6;
    const size_t skipped = is_mapped ? bytes_.size() - kIpv4Size : 0;
    std::memcpy(bytes_.data(), whole.s6_addr + skipped, bytes_.size() - skipped);
  }
}

PeerAddress PeerAddress::of(int socket) noexcept {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return PeerAddress(storage);
}

std::string PeerAddress::text() const {
  if (family_ == Family::kNone) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = family_ == Family::kIpv4 ? AF_INET : AF_INET6;
  if (::inet_ntop(family, bytes_.data(), text.data(), text.size()) == nullptr) return {};
  return text.data();
}

std::string_view PeerAddress::group() const noexcept {
  switch (family_) {
    case Family::kNone:
      return {};
    case Family::kIpv4:
      return {bytes_.data(), kIpv4Size};
    case Family::kIpv6:
      return {bytes_.data(), kNetworkSize};
  }
  return {};
}

}  // namespace millrace::http
