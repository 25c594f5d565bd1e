// Who is at the other end.
#pragma once

#include <string>

namespace millrace::http {

struct PeerAddress {
  std::string text;   ///< Numeric, without a port; "" when it cannot be told.
  std::string group;  ///< What limits count by: the address, or the /64 of an IPv6 address.
};

/// An IPv4 address mapped into IPv6 is given as IPv4.
PeerAddress peer_address_of(int socket);

}  // namespace millrace::http
