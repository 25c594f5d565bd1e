// Where to listen, as the configuration has it.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::core {

struct ListenAddress {
  std::string host = "127.0.0.1";  ///< An IPv4 or IPv6 address, no brackets.
  uint16_t port = 8080;            ///< 0: the kernel picks one.
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

}  // namespace millrace::core
