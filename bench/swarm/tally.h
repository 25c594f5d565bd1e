// What the viewers of a swarm saw, summed up.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/histogram.h"

namespace millrace::swarm {

/// Of one core; merged at the end. Times are microseconds.
struct Tally {
  uint64_t viewers_started = 0;
  uint64_t viewers_playing = 0;  ///< That got their first part.
  uint64_t reloads = 0;
  uint64_t parts = 0;
  uint64_t bytes = 0;  ///< Of bodies.
  uint64_t stalls = 0;
  uint64_t stall_us = 0;
  uint64_t played_us = 0;
  uint64_t gaps = 0;  ///< Parts that had left the playlist before they were asked for.
  std::map<std::string, uint64_t> errors;
  core::HistogramSnapshot join;     ///< From the connection to the first part.
  core::HistogramSnapshot reload;   ///< From asking to the last byte, blocking included.
  core::HistogramSnapshot part;     ///< From asking to the last byte.
  core::HistogramSnapshot latency;  ///< From the end of a part on the publisher's clock to here.

  void merge(const Tally& other);
  /// A JSON object on one line.
  [[nodiscard]] std::string json(double seconds) const;
};

}  // namespace millrace::swarm
