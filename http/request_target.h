// What every version of HTTP requires of host, path and length of a request.
#pragma once

#include <expected>
#include <string_view>

#include "http/refusal.h"
#include "http/request_head.h"

namespace millrace::http {

/// Fills path and query of `head`, whose method and Host are known. Refuses a Host that is not one
/// name or address with an optional port, or that is not the target's, and what split_target,
/// decode_path and Query refuse.
std::expected<void, Refusal> read_target(RequestHead& head, std::string_view target);

/// Fills the length of the body from Content-Length.
std::expected<void, Refusal> read_content_length(RequestHead& head);

}  // namespace millrace::http
