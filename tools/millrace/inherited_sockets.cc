#include "tools/millrace/inherited_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace millrace {
namespace {

core::ListenAddress bound_address(const core::UniqueFd& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return {.host = text.data(), .port = ntohs(v6.sin6_port)};
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
  ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  return {.host = text.data(), .port = ntohs(v4.sin_port)};
}

}  // namespace

InheritedSockets::InheritedSockets(std::vector<core::UniqueFd> sockets) {
  for (core::UniqueFd& socket : sockets) {
    core::ListenAddress address = bound_address(socket);
    auto group = std::ranges::find(groups_, address, &Group::address);
    if (group == groups_.end()) {
      groups_.push_back({.address = std::move(address), .sockets = {}});
      group = std::prev(groups_.end());
    }
    group->sockets.push_back(std::move(socket));
  }
}

std::vector<core::UniqueFd> InheritedSockets::take(const core::ListenAddress& wanted) {
  const auto group = std::ranges::find_if(groups_, [&](const Group& each) {
    return each.address.host == wanted.host &&
           (wanted.port == 0 || each.address.port == wanted.port);
  });
  if (group == groups_.end()) return {};
  std::vector<core::UniqueFd> sockets = std::move(group->sockets);
  groups_.erase(group);
  return sockets;
}

}  // namespace millrace
