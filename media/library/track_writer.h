// Writes one rendition's track file while a worker makes it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/ring.h"
#include "core/task.h"
#include "media/fmp4/fragment.h"
#include "media/library/rendition.h"
#include "media/track/track_builder.h"

namespace millrace::media::library {

/// What is to be made.
struct NewTrack {
  std::string path;  ///< Of the finished file; it is written under `path`.part.
  std::string quality;
  fmp4::TrackFormat format;
  uint32_t fragment_count_expected = 0;
};

/// Appends through the ring; every byte that a Rendition names is written before it is handed out.
/// Home core only, one call at a time.
class TrackWriter {
 public:
  /// Errors: kInvalid (a format that cannot be written), kNoSpace, kOs.
  static core::Task<core::Result<std::unique_ptr<TrackWriter>>> create(core::Ring& ring,
                                                                       NewTrack track);

  /// `bytes` is the whole fragment. Errors: kMalformed (it does not continue the track), kNoSpace.
  core::Task<core::Result<>> append(const fmp4::Fragment& fragment,
                                    std::span<const std::byte> bytes);
  /// Writes the final head durably; the file keeps its .part name until `publish`.
  core::Task<core::Result<>> finish();
  /// Gives a finished file its name: from now on it is there after a crash.
  core::Task<core::Result<>> publish();

  /// The track as it is now.
  [[nodiscard]] core::Snapshot<Rendition> rendition() const;
  [[nodiscard]] const std::string& quality() const noexcept { return quality_; }
  [[nodiscard]] std::string part_path() const { return path_ + ".part"; }

 private:
  TrackWriter(core::Ring& ring, NewTrack track, track::TrackBuilder builder, core::UniqueFd fd);

  core::Ring& ring_;
  std::string path_;
  std::string quality_;
  track::TrackBuilder builder_;
  core::UniqueFd fd_;
  std::shared_ptr<const http::OpenFile> shared_;  // For readers: a descriptor of its own.
};

}  // namespace millrace::media::library
