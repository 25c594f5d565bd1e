// What HTTP/2 counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/metrics.h"

namespace millrace::http::h2 {

/// What a peer may do too much of.
enum class Flood : uint8_t {
  kResets,         ///< It cancels the streams it opens (CVE-2023-44487).
  kForcedResets,   ///< It makes this side cancel them (CVE-2025-8671).
  kSettings,       ///< Each is answered.
  kPings,          ///< Each is answered.
  kPriorities,     ///< PRIORITY and PRIORITY_UPDATE.
  kWindowUpdates,  ///< More than what was sent can explain.
  kEmptyFrames,    ///< DATA without data.
  kQueue,          ///< It reads no answers (found by nghttp2).
  kContinuations,  ///< Heads of very many frames (found by nghttp2).
};
inline constexpr size_t kFloodCount = 9;

/// Handles, one set for all cores.
class Metrics {
 public:
  explicit Metrics(core::Metrics& registry);

  core::Gauge connections;
  core::Gauge streams;
  core::Counter refused_streams;  ///< Over the limit of those whose routes still run.
  core::Counter peer_resets;
  core::Counter own_resets;
  core::Counter window_stalls;  ///< Streams ended since the peer opened no window for them.

  void count(Flood flood) const noexcept { floods_[static_cast<size_t>(flood)].add(); }
  core::Counter floods(Flood flood) const noexcept { return floods_[static_cast<size_t>(flood)]; }

 private:
  std::array<core::Counter, kFloodCount> floods_;
};

}  // namespace millrace::http::h2
