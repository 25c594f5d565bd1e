#include "media/ffmpeg/live/live_tracks.h"

#include <utility>

#include "media/fmp4/init_segment.h"

namespace millrace::media::ffmpeg {

Outcome<uint32_t> LiveTracks::announce(const std::string& quality,
                                       const fmp4::TrackFormat& format) {
  if (const auto checked = fmp4::check_format(format); !checked) {
    return worker::job_failure(FailureReason::kDamaged, checked.error().what);
  }
  worker::TrackReport report{.quality = quality, .kind = format.kind()};
  fmp4::append_init_segment(report.init_segment, format);
  const std::scoped_lock lock(mutex_);
  const auto known = tracks_.find(quality);
  if (known == tracks_.end()) {
    Track track{.number = 0, .init_segment = report.init_segment};
    const auto number = outlet_.announce(std::move(report));
    if (!number) return number;
    track.number = *number;
    tracks_.emplace(quality, std::move(track));
    return number;
  }
  Track& track = known->second;
  if (track.init_segment != report.init_segment) {
    track.init_segment = report.init_segment;
    report.track = track.number;
    if (auto announced = outlet_.announce_again(report); !announced) {
      return std::unexpected(announced.error());
    }
  }
  return track.number;
}

Outcome<> LiveTracks::end(std::map<std::string, Track>::iterator track) {
  const uint32_t number = track->second.number;
  tracks_.erase(track);
  return outlet_.track_done(number);
}

Outcome<> LiveTracks::finish(const std::string& quality) {
  const std::scoped_lock lock(mutex_);
  const auto track = tracks_.find(quality);
  return track == tracks_.end() ? Outcome<>{} : end(track);
}

Outcome<> LiveTracks::finish() {
  const std::scoped_lock lock(mutex_);
  while (!tracks_.empty()) {
    if (auto done = end(tracks_.begin()); !done) return done;
  }
  return {};
}

}  // namespace millrace::media::ffmpeg
