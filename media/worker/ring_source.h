// The original, as bytes that the server sends on request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/doorbell.h"
#include "core/result.h"
#include "core/shm_ring.h"
#include "media/worker/records.h"
#include "media/worker/report_writer.h"
#include "media/worker/source.h"

namespace millrace::media::worker {

/// Reads ahead by itself: after a seek the server goes on sending until the ring is full. Each seek
/// has a generation, and what was still in the ring for an older one is dropped. A jump forward
/// that the read-ahead covers anyway costs no seek.
class RingSource final : public Source {
 public:
  /// All borrowed. `bytes_bell` is rung by the server when it has written.
  RingSource(core::ShmRingReader& ring, const core::Doorbell& bytes_bell, ReportWriter& reports,
             const ServerLink& server, uint64_t size) noexcept
      : ring_(ring), bytes_bell_(bytes_bell), reports_(reports), server_(server), size_(size) {}

  core::Result<size_t> read(std::span<std::byte> buffer) override;
  core::Result<> seek(uint64_t offset) override;
  uint64_t size() const override { return size_; }

 private:
  bool holds_position() const noexcept;
  core::Result<> request_position();
  core::Result<> receive();
  core::Result<> take(const core::ShmRecord& record);

  core::ShmRingReader& ring_;
  const core::Doorbell& bytes_bell_;
  ReportWriter& reports_;
  const ServerLink& server_;
  uint64_t size_;
  uint64_t position_ = 0;
  uint64_t generation_ = 0;
  uint64_t next_offset_ = 0;  // of the next record of this generation.
  uint64_t held_offset_ = 0;
  std::span<const std::byte> held_;  // part of record_.
  core::ShmRecord record_;
};

}  // namespace millrace::media::worker
