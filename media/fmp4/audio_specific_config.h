// What the AudioSpecificConfig of an AAC track says (ISO/IEC 14496-3, 1.6.2.1).
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace millrace::media::fmp4 {

/// The audio object type that a decoder must have: 2 (LC), 5 (HE: SBR), 29 (HE v2: PS), … Finds SBR
/// and PS also where they are signalled behind an LC configuration, as encoders do so that old
/// decoders still play. Nothing for a configuration that is cut off.
std::optional<int> aac_object_type(std::span<const std::byte> audio_specific_config);

}  // namespace millrace::media::fmp4
