// Durations as playlists print them.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::media::hls {

/// From `start`, `duration` long, in ticks.
struct TickSpan {
  uint64_t start = 0;
  uint64_t duration = 0;
};

/// Appends seconds with six decimals. Both ends of the span are rounded rather than its length, so
/// that any run of neighbours sums to its true length within a microsecond (PL-12), and a duration
/// that is at most some whole number of milliseconds is not printed longer than that (LL-02).
void append_seconds(std::string& out, TickSpan span, uint32_t timescale);

/// Appends milliseconds as seconds with three decimals: "0.534".
void append_milliseconds(std::string& out, uint64_t milliseconds);

}  // namespace millrace::media::hls
