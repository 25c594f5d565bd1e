// A classic MP4 file over tracks that stay where they are: a movie header, written in front, and
// byte ranges of the tracks' files behind it, in the order in which they play.
//
//   ftyp moov mdat [ 2 s of pictures | 2 s of sound | 2 s of pictures | … ]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/fmp4/sample_table.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::fmp4 {

/// Borrowed for the call.
struct ProgressiveTrack {
  const TrackFormat& format;
  const SampleTable& samples;
};

/// Bytes of one of the tracks' files.
struct TrackSlice {
  size_t track = 0;
  uint64_t offset = 0;
  uint64_t size = 0;

  friend bool operator==(const TrackSlice&, const TrackSlice&) = default;
};

struct ProgressiveFile {
  std::vector<std::byte> head;     ///< Up to and with the header of mdat.
  std::vector<TrackSlice> slices;  ///< Interleaved: one for each fragment.
  uint64_t size = 0;               ///< Of the whole file: head and slices.
};

/// Every time and place is exact: sound begins after its priming and pictures at 0, by edit lists.
/// kInvalid: no tracks, a track without samples, or one that does not begin at time 0.
core::Result<ProgressiveFile> lay_out_progressive(std::span<const ProgressiveTrack> tracks);

}  // namespace millrace::media::fmp4
