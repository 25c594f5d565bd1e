// A muxed format as one progressive file: what must be read to lay it out, and the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/fmp4/progressive.h"
#include "media/vod/formats.h"
#include "media/vod/presentation.h"

namespace millrace::media::vod {

/// The head of one fragment, to be read from the track file of a rendition.
struct HeadRange {
  size_t rendition = 0;  ///< Position in Presentation::renditions.
  size_t fragment = 0;
  uint64_t offset = 0;
  uint32_t size = 0;
};

/// Built from the sample sizes that only the fragments' heads hold; some hundred bytes each. Give
/// it every head once, in the order of heads(), then lay it out; keep the result, it never changes.
class Download {
 public:
  /// kConflict: a rendition is still being made.
  static core::Result<Download> create(const Presentation& presentation, const Format& format);

  std::span<const HeadRange> heads() const noexcept { return heads_; }

  /// The bytes of the next head. kMalformed if they do not match the index.
  core::Result<> add_head(std::span<const std::byte> bytes);

  /// Slices count their tracks as renditions() does. kInvalid before the last head.
  core::Result<fmp4::ProgressiveFile> lay_out() const;

  /// Positions in Presentation::renditions of the tracks that the slices name.
  std::span<const size_t> renditions() const noexcept { return renditions_; }

 private:
  Download() = default;

  std::vector<size_t> renditions_;
  std::vector<track::TrackIndex> indexes_;
  std::vector<fmp4::SampleTable> samples_;
  std::vector<HeadRange> heads_;
  size_t next_head_ = 0;
};

}  // namespace millrace::media::vod
