// Samples of one track in, fragments out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "media/ffmpeg/outlet.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

/// Collects samples until it is told to cut, then hands one `moof mdat` to the outlet. Decode times
/// start at 0 and continue without a gap by construction: SG-03.
class Fragmenter {
 public:
  /// `track` as the outlet numbered it.
  Fragmenter(Outlet& outlet, uint32_t track) : outlet_(outlet), track_(track) {}

  /// kEncoderFailed where a fragment would pass kFragmentSizeMax.
  Outcome<> add(const fmp4::Sample& sample, std::span<const uint8_t> bytes);
  /// Writes what was added since the last cut; nothing where that is nothing.
  Outcome<> cut();

  bool empty() const noexcept { return samples_.empty(); }
  /// Replaces the duration of the newest sample, before it is cut.
  void set_last_duration(uint32_t ticks) noexcept { samples_.back().duration = ticks; }
  uint32_t track() const noexcept { return track_; }

 private:
  Outlet& outlet_;
  uint32_t track_;
  uint32_t sequence_ = 1;
  uint64_t decode_time_ = 0;
  std::vector<fmp4::Sample> samples_;
  std::vector<std::byte> payload_;
  std::vector<std::byte> fragment_;
};

}  // namespace millrace::media::ffmpeg
