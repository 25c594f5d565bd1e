// One POST to somebody else's server, by a thread that may block.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace millrace::media::live {

struct WebPost {
  std::string url;  ///< http:// or https://
  std::string secret;
  std::string event_id;
  std::string body;  ///< JSON.
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
};

/// `t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>`: a receiver that knows the
/// secret can tell who sent it, and when.
std::string sign(std::string_view secret, std::string_view body, core::UnixTime now);

/// Blocks until it is answered. Follows no redirection and reads nothing of the answer but its
/// status. Success is 2xx. Errors: kInvalid (no such address), kTimeout, kClosed (no connection, or
/// one that nobody trusts), kUnsupported (another status).
core::Result<> send(const WebPost& post, core::UnixTime now);

}  // namespace millrace::media::live
