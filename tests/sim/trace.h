// What happened in a simulation, in order.
#pragma once

#include <cstdint>
#include <cstdio>

namespace millrace::sim {

/// Prints each event if it is asked to, and sums them up, so that two runs can be compared.
class Trace {
 public:
  enum class To : uint8_t { kNowhere, kStandardError };
  explicit Trace(To to) noexcept : to_(to) {}

  void begin_turn(int64_t now_ms) noexcept {
    ++turn_;
    now_ms_ = now_ms;
  }
  /// `who` is the number of a connection, 0 when it is about none.
  void note(const char* what, uint64_t who, int64_t value) noexcept {
    for (const char* c = what; *c != '\0'; ++c) mix(static_cast<uint64_t>(*c));
    mix(who);
    mix(static_cast<uint64_t>(value));
    if (to_ == To::kNowhere) return;
    std::fprintf(stderr, "%6llu %9.3fs  #%-3llu %-22s %lld\n",
                 static_cast<unsigned long long>(turn_), static_cast<double>(now_ms_) / 1000,
                 static_cast<unsigned long long>(who), what, static_cast<long long>(value));
  }
  [[nodiscard]] uint64_t sum() const noexcept { return sum_; }

 private:
  void mix(uint64_t value) noexcept { sum_ = (sum_ ^ value) * 0x100000001b3; }  // FNV-1a

  const To to_;
  uint64_t turn_ = 0;
  int64_t now_ms_ = 0;
  uint64_t sum_ = 0xcbf29ce484222325;
};

}  // namespace millrace::sim
