// The segment index box: where each fragment of a file starts and how long it plays, so that any
// player can seek in it (ISO/IEC 14496-12, 8.16.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"

namespace millrace::media::fmp4 {

struct SidxReference {
  uint32_t size = 0;      ///< Bytes, below 2^31.
  uint32_t duration = 0;  ///< Ticks.
  bool key = false;       ///< Starts with a key frame.

  friend bool operator==(const SidxReference&, const SidxReference&) = default;
};

struct Sidx {
  uint32_t timescale = 0;
  uint64_t earliest_time = 0;  ///< Presentation time of the first fragment, in ticks.
  uint64_t first_offset = 0;   ///< Bytes between the end of this box and the first fragment.
  std::vector<SidxReference> references;

  friend bool operator==(const Sidx&, const Sidx&) = default;
};

/// The reference count is a u16.
inline constexpr size_t kSidxReferencesMax = 65'535;

/// Bytes of the box with `references` entries.
constexpr size_t sidx_size(size_t references) noexcept { return 40 + 12 * references; }

/// At most kSidxReferencesMax references, each below 2^31 bytes.
void append_sidx(std::vector<std::byte>& out, const Sidx& sidx);

/// Reads the payload of a sidx box whose references are all to media.
core::Result<Sidx> parse_sidx(std::span<const std::byte> payload);

/// The same index in at most `references_max` entries, by joining neighbours; empty if that takes
/// entries of 2^31 bytes or 2^32 ticks.
std::vector<SidxReference> merge_references(std::span<const SidxReference> references,
                                            size_t references_max);

}  // namespace millrace::media::fmp4
