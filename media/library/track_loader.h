// Opens the finished tracks of a video and keeps what it read.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/event.h"
#include "core/ring.h"
#include "core/task.h"
#include "media/catalogue/records.h"
#include "media/library/rendition.h"
#include "media/library/store_paths.h"

namespace millrace::media::library {

/// Opens one track file and reads its index, in one read where the head is small. Errors:
/// kNotFound, kMalformed, kUnsupported (it was never finished), kOs.
core::Task<core::Result<StoredRendition>> open_track(core::Ring& ring, std::string path,
                                                     std::string quality);

/// One per core. Keeps the tracks of the kVideosMax videos that were asked for last; a video that
/// is being loaded is loaded once, however many ask.
class TrackLoader {
 public:
  /// 256 videos x about 8 renditions: 2,048 descriptors a core of the 20,000 that a process usually
  /// has, and 16 MiB of indexes when each lasts an hour.
  static constexpr size_t kVideosMax = 256;
  static constexpr size_t kUsualVideoBytes = 64 * 1024;

  TrackLoader(core::Ring& ring, StorePaths paths) : ring_(ring), paths_(std::move(paths)) {}

  /// The ready formats of `video`, in its order, without those whose file is damaged or gone: these
  /// are logged, and what is left plays. Errors: those of open_track, of the first, when no file is
  /// any good or the trouble may pass; the cancellation's.
  core::Task<core::Result<core::Snapshot<VideoTracks>>> load(
      core::Snapshot<catalogue::VideoRecord> video, core::Cancellation& cancellation);
  /// Closes the files of a video; responses under way keep theirs.
  void forget(std::string_view video_id);

  [[nodiscard]] size_t size() const noexcept { return entries_.size(); }
  /// Files that it keeps open. Walks over all videos.
  [[nodiscard]] size_t file_count() const noexcept;

 private:
  struct Entry {
    core::Snapshot<VideoTracks> tracks;  // Null while it is loading.
    std::optional<core::Error> failure;
    core::Event loaded;
    std::list<std::string>::iterator age;
  };

  core::Task<core::Result<core::Snapshot<VideoTracks>>> read(const catalogue::VideoRecord& video);
  void drop_oldest();

  core::Ring& ring_;
  StorePaths paths_;
  std::unordered_map<std::string, std::shared_ptr<Entry>> entries_;
  std::list<std::string> ages_;  // The most recent first.
};

}  // namespace millrace::media::library
