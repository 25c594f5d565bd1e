#include "http/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace millrace::http {
namespace {

std::string as_text(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(family, address, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

PeerAddress of_ipv6(const sockaddr_in6& peer) {
  if (IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr)) {
    const std::string text = as_text(AF_INET, peer.sin6_addr.s6_addr + 12);
    return {.text = text, .group = text};
  }
  // One subscriber has a whole /64 to choose addresses from.
  in6_addr network = peer.sin6_addr;
  std::memset(network.s6_addr + 8, 0, 8);
  return {.text = as_text(AF_INET6, &peer.sin6_addr), .group = as_text(AF_INET6, &network)};
}

}  // namespace

PeerAddress peer_address_of(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  if (storage.ss_family == AF_INET6) return of_ipv6(reinterpret_cast<const sockaddr_in6&>(storage));
  if (storage.ss_family != AF_INET) return {};
  const std::string text =
      as_text(AF_INET, &reinterpret_cast<const sockaddr_in&>(storage).sin_addr);
  return {.text = text, .group = text};
}

}  // namespace millrace::http
