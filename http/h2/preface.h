// How a client says that it speaks HTTP/2 (RFC 9113, 3.4).
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/hash.h"

namespace millrace::http::h2 {

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What the first bytes of a connection are.
enum class Opening : uint8_t { kHttp2, kOther, kUndecided };

inline Opening judge_opening(std::span<const std::byte> bytes) noexcept {
  const size_t size = std::min(bytes.size(), kPreface.size());
  if (!std::ranges::equal(bytes.first(size), core::bytes_of(kPreface.substr(0, size)))) {
    return Opening::kOther;
  }
  return size == kPreface.size() ? Opening::kHttp2 : Opening::kUndecided;
}

}  // namespace millrace::http::h2
