// What an encoder says of its stream before it sends it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/result.h"

namespace millrace::media::flv {

/// Hints: what frames and configurations say goes first. 0 and "": not told, or not credible.
struct StreamMetadata {
  double width = 0;
  double height = 0;
  double frame_rate_fps = 0;
  double video_bitrate_bps = 0;
  double audio_bitrate_bps = 0;
  double audio_sample_rate_hz = 0;
  std::string encoder;  ///< Printable UTF-8, at most 128 bytes.
};

/// The body of a script tag: `onMetaData` and an object, also behind `@setDataFrame`.
/// Errors: kNotFound (another script), and those of read_amf0.
core::Result<StreamMetadata> parse_metadata(std::span<const std::byte> body);

}  // namespace millrace::media::flv
