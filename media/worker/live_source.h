// The worker's end of a publisher's bytes.
#pragma once

#include <cstddef>
#include <span>

#include "core/doorbell.h"
#include "core/result.h"
#include "core/shm_ring.h"
#include "media/worker/report_writer.h"
#include "media/worker/source.h"

namespace millrace::media::worker {

/// Blocks until bytes come, for as long as there is a server. Has no size (UINT64_MAX) and cannot
/// seek: kUnsupported.
class LiveSource final : public Source {
 public:
  /// All borrowed. `bytes_bell` is rung by the server when it has written.
  LiveSource(core::ShmRingReader& ring, const core::Doorbell& bytes_bell,
             const ServerLink& server) noexcept
      : ring_(ring), bytes_bell_(bytes_bell), server_(server) {}

  core::Result<size_t> read(std::span<std::byte> buffer) override;
  core::Result<> seek(uint64_t offset) override;
  uint64_t size() const override { return UINT64_MAX; }

 private:
  core::Result<> receive();

  core::ShmRingReader& ring_;
  const core::Doorbell& bytes_bell_;
  const ServerLink& server_;
  core::ShmRecord record_;
  std::span<const std::byte> held_;  // part of record_.
  bool ended_ = false;
};

}  // namespace millrace::media::worker
