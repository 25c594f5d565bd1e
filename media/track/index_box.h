// The `uuid` box in which a track keeps what sidx has no fields for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/track/track_index.h"

namespace millrace::media::track {

/// 6d696c6c-7261-6365-8001-747261636b31: "millrace", "track1".
inline constexpr std::array<uint8_t, 16> kIndexUuid{0x6d, 0x69, 0x6c, 0x6c, 0x72, 0x61, 0x63, 0x65,
                                                    0x80, 0x01, 0x74, 0x72, 0x61, 0x63, 0x6b, 0x31};

/// Bytes of an index box that holds `entries`.
constexpr size_t index_box_size(size_t entries) noexcept { return 48 + 16 * entries; }

/// A box that holds the entries, or (without any) says that a box at `entries_offset` does.
struct IndexBox {
  uint64_t entries_offset = 0;  ///< 0: they are here.
  uint64_t first_decode_time = 0;
  std::vector<TrackEntry> entries;  ///< Offsets and decode times count from 0 here.
};

void append_index_box(std::vector<std::byte>& out, const TrackIndex& index);
void append_index_reference(std::vector<std::byte>& out, const TrackIndex& index,
                            uint64_t entries_offset);

/// Reads the payload of a `uuid` box. kMalformed unless it is ours, whole, with possible entries.
core::Result<IndexBox> parse_index_box(std::span<const std::byte> payload);

}  // namespace millrace::media::track
