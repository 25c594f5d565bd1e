// Limits that no configuration raises, each with the sum that gives it. What an operator may change
// is in core/config.h.
#pragma once

#include <cstddef>

namespace millrace::core {

/// 256: one thread a core; the largest single-socket server CPUs have 192 cores.
inline constexpr size_t kCoresMax = 256;

/// 320: a thread for each core and 64 for everything else (control, log, tests).
inline constexpr size_t kMetricThreadsMax = kCoresMax + 64;

/// 16384 cells of 8 bytes: 128 KiB of address space a thread, touched as used. A histogram takes
/// 273; 40 of them and 5,000 plain counters fit.
inline constexpr size_t kMetricCellCountMax = 16'384;

/// 1 KiB: a log line is an event and about ten fields; the longest usual one (a request with its
/// target) is under 600 bytes. Longer values are cut.
inline constexpr size_t kLogLineSizeMax = 1024;

/// 4096 lines of 1 KiB: 4 MiB, or 40 ms of the 100,000 lines/s that one writer thread sustains.
inline constexpr size_t kLogQueueLineCount = 4096;

/// 1 MiB a core: 3,000 lines of 350 bytes, or 20 ms of 150,000 requests a second. A power of two.
inline constexpr size_t kLineSpoolRingSize = 1024 * 1024;

/// 256 KiB: the reference of all keys is 12 KiB; twenty times that is no configuration.
inline constexpr size_t kConfigFileSizeMax = 256 * 1024;

}  // namespace millrace::core
