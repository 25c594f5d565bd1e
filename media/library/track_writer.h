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
  uint64_t declared_average_bps = 0;  ///< What the encoder was told to keep to.
  uint64_t declared_peak_bps = 0;
};

/// Appends through the ring; every byte that a rendition names is written before it is handed
/// out.
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
  /// Gives a finished file its name. Durable once its folder is synced.
  core::Task<core::Result<>> publish();

  /// The track as it is now.
  [[nodiscard]] StoredRendition rendition() const;
  [[nodiscard]] track::TrackIndex index() const { return builder_.snapshot(); }
  [[nodiscard]] const NewTrack& track() const noexcept { return track_; }
  /// The file as readers share it.
  [[nodiscard]] const TrackFile& file() const noexcept { return shared_; }
  /// Bytes of the finished file.
  [[nodiscard]] uint64_t file_size() const noexcept { return file_size_; }

 private:
  TrackWriter(core::Ring& ring, NewTrack track, track::TrackBuilder builder, core::UniqueFd fd);

  core::Ring& ring_;
  NewTrack track_;
  track::TrackBuilder builder_;
  core::UniqueFd fd_;
  TrackFile shared_;  // A descriptor of its own, for reading.
  uint64_t file_size_ = 0;
};

}  // namespace millrace::media::library
