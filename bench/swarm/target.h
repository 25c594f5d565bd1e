// Where a swarm watches.
#pragma once

#include <string>
#include <string_view>

#include "core/io/connector.h"
#include "core/result.h"

namespace millrace::swarm {

struct Target {
  core::io::SocketAddress address;
  std::string host;  ///< For the Host field, `127.0.0.1:8080`.
  std::string path;  ///< With its query.
};

/// `http://127.0.0.1:8080/path`: a numeric address, and no TLS. Errors: kInvalid.
core::Result<Target> parse_target(std::string_view url);

/// The path that `uri`, found in a playlist at `base`, means. kUnsupported: another server.
core::Result<std::string> resolve(std::string_view base, std::string_view uri);

}  // namespace millrace::swarm
