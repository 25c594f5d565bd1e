// The descriptors a worker is born with, by number.
#pragma once

namespace millrace::media::worker {

// Process::start numbers them from 3 in this order.
inline constexpr int kDownMemoryFd = 3;  ///< The ring from server to worker.
inline constexpr int kUpMemoryFd = 4;    ///< The ring from worker to server.
inline constexpr int kServerBellFd = 5;  ///< Rung for the server, for both rings.
inline constexpr int kSourceBellFd = 6;  ///< Rung for the worker: source bytes arrived.
inline constexpr int kSinkBellFd = 7;    ///< Rung for the worker: there is room for reports.
inline constexpr int kWorkerFdEnd = 8;

}  // namespace millrace::media::worker
