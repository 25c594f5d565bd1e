// NAL units of H.264 and HEVC, whichever way they are strung together.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace millrace::media::fmp4 {

using NalUnit = std::span<const std::byte>;

/// Splits at the start codes 00 00 01; zeros before one belong to it (ITU-T H.264, B.1.1). Empty
/// units are left out, as is what stands before the first start code.
std::vector<NalUnit> split_annex_b(std::span<const std::byte> stream);

/// Splits where lengths of `length_size` bytes (1, 2 or 4) stand in front. Nothing for a length
/// that goes past the end.
std::optional<std::vector<NalUnit>> split_lengths(std::span<const std::byte> sample,
                                                  size_t length_size);

/// A unit without the 03 that keeps 00 00 xx from looking like a start code.
std::vector<std::byte> without_emulation_prevention(NalUnit unit);

}  // namespace millrace::media::fmp4
