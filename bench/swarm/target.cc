#include "bench/swarm/target.h"

#include "http/token.h"

namespace millrace::swarm {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<Target> parse_target(std::string_view url) {
  static constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return fail(ErrorCode::kInvalid, "an address with http://");
  url.remove_prefix(kScheme.size());
  const size_t slash = std::min(url.find('/'), url.size());
  Target target{.address = {}, .host = std::string(url.substr(0, slash)), .path = "/"};
  if (slash < url.size()) target.path = url.substr(slash);
  std::string_view host = target.host;
  uint64_t port = 80;
  if (const size_t colon = host.rfind(':'); colon != host.npos && !host.ends_with(']')) {
    const auto number = http::parse_decimal(host.substr(colon + 1));
    if (!number || *number > 65535) return fail(ErrorCode::kInvalid, "a port from 0 to 65535");
    port = *number;
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  auto address = core::io::SocketAddress::parse(std::string(host), static_cast<uint16_t>(port));
  if (!address) return std::unexpected(address.error());
  target.address = *address;
  return target;
}

Result<std::string> resolve(std::string_view base, std::string_view uri) {
  if (uri.contains("://") || uri.starts_with("//")) {
    return fail(ErrorCode::kUnsupported, "a playlist that names another server");
  }
  if (uri.starts_with('/')) return std::string(uri);
  base = base.substr(0, base.find('?'));
  std::string path(base.substr(0, base.rfind('/') + 1));
  while (uri.starts_with("../")) {
    uri.remove_prefix(3);
    path.pop_back();
    path.resize(path.rfind('/') + 1);
  }
  return path.append(uri);
}

}  // namespace millrace::swarm
