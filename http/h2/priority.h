// Which response goes first (RFC 9218; SPECS LH-07).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/headers.h"

namespace millrace::http::h2 {

struct Priority {
  static constexpr uint8_t kDefaultUrgency = 3;

  uint8_t urgency = kDefaultUrgency;  ///< 0 (first) to 7.
  bool is_incremental = false;        ///< Shares with others of its urgency.

  bool operator==(const Priority&) const = default;
};

/// The value of a `priority` field. What it does not say, or says wrongly, is the default.
Priority parse_priority(std::string_view field) noexcept;

/// What is in a response, as far as its priority goes.
enum class Content : uint8_t { kPlaylist, kMedia, kOther };
Content content_of(std::string_view content_type) noexcept;

/// A playlist never waits for media, whatever the client says: a player that has no playlist asks
/// for nothing. Beyond that the client's word holds.
Priority settle(Content content, Priority asked) noexcept;

}  // namespace millrace::http::h2
