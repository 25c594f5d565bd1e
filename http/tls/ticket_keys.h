// The keys that session tickets are sealed with.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/clock.h"

namespace millrace::http::tls {

/// Where all cores begin: made once for a process.
struct TicketSeed {
  std::array<std::byte, 32> secret{};
  core::MonotonicTime start;

  static TicketSeed random(core::MonotonicTime now) noexcept;
};

/// Each key seals tickets for one period and opens them for one more. From the same seed every core
/// comes to the same keys at the same time without a word to another: the secret of each period is
/// a hash of the one before, which is then forgotten, so that whoever steals today's memory cannot
/// open yesterday's sessions. One core.
class TicketKeys {
 public:
  struct Key {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher{};  ///< AES-256-CBC
    std::array<unsigned char, 32> mac{};     ///< HMAC-SHA-256
  };
  enum class Age : uint8_t { kCurrent, kPrevious };
  struct Found {
    const Key* key = nullptr;  ///< Null: unknown, or too old.
    Age age = Age::kCurrent;
  };

  TicketKeys(const TicketSeed& seed, std::chrono::nanoseconds period,
             const core::Clock& clock) noexcept;
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  ~TicketKeys();

  /// Valid until the next call.
  const Key& current() noexcept;
  Found find(std::span<const unsigned char> name) noexcept;
  std::chrono::nanoseconds period() const noexcept { return period_; }

 private:
  void catch_up() noexcept;
  void step() noexcept;

  const core::Clock& clock_;
  std::chrono::nanoseconds period_;
  core::MonotonicTime current_until_;
  std::array<std::byte, 32> secret_;  // of the current period
  Key current_;
  Key previous_;
};

}  // namespace millrace::http::tls
