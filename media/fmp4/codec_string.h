// The CODECS strings of playlists (RFC 6381), read from the decoder configuration itself: MV-04.
#pragma once

#include <string>

#include "media/fmp4/track_format.h"

namespace millrace::media::fmp4 {

/// `avc1.640028`, `hvc1.1.6.L93.B0`, `vp09.00.31.08`, `av01.0.05M.08`, `mp4a.40.2`, `opus`. Empty
/// where the configuration is too short to tell.
std::string rfc6381_codec(const TrackFormat& format);

}  // namespace millrace::media::fmp4
