// The tracks of a live stream, as the server knows them.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "media/ffmpeg/outlet.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

/// For any thread. Announces a track where it is new, or when its init segment is another one than
/// before.
class LiveTracks {
 public:
  explicit LiveTracks(Outlet& outlet) noexcept : outlet_(outlet) {}

  /// Yields the track's number.
  Outcome<uint32_t> announce(const std::string& quality, const fmp4::TrackFormat& format);
  /// The end of one track, or of all that have not ended.
  Outcome<> finish(const std::string& quality);
  Outcome<> finish();

 private:
  struct Track {
    uint32_t number = 0;
    std::vector<std::byte> init_segment;
  };

  Outcome<> end(std::map<std::string, Track>::iterator track);

  Outlet& outlet_;
  std::mutex mutex_;
  std::map<std::string, Track> tracks_;
};

}  // namespace millrace::media::ffmpeg
