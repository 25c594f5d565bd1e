// Where to listen, as the configuration has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::core {

struct ListenAddress {
  std::string host = "127.0.0.1";  ///< An IPv4 or IPv6 address, no brackets.
  uint16_t port = 8080;            ///< 0: the kernel picks one.
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// `127.0.0.1:8080`, `[::1]:8080`: an address, not a name, since nothing here asks the DNS.
std::optional<ListenAddress> parse_listen_address(std::string_view text);
std::string to_string(const ListenAddress& address);

}  // namespace millrace::core
