// Progressive files that are put together of two tracks, laid out once and kept.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/event.h"
#include "core/ring.h"
#include "core/task.h"
#include "http/file_layout.h"
#include "media/library/rendition.h"
#include "media/library/shelf.h"
#include "media/vod/formats.h"

namespace millrace::media::library {

/// One per core. A layout is the movie's header and the places of its samples in the track files,
/// which it does not keep open: the pictures' file is number 0, the sound's 1.
class DownloadCache {
 public:
  /// 32 layouts of about 1 MiB for two hours each: 32 MiB a core.
  static constexpr size_t kLayoutsMax = 32;
  static constexpr size_t kUsualLayoutBytes = 1024 * 1024;

  DownloadCache(core::Ring& ring, const Shelf& shelf) noexcept : ring_(ring), shelf_(shelf) {}

  struct Wanted {
    core::Snapshot<VideoTracks> tracks;
    vod::Format format;
    std::string version;  ///< Another one when the files are others.
  };
  /// The layout of `wanted`'s file. Whoever asks while it is made waits for the same one.
  /// Errors: kNotFound (removed meanwhile), kConflict (still being made), kMalformed, kOs, the
  /// cancellation's.
  core::Task<core::Result<core::Snapshot<http::FileLayout>>> find(Wanted wanted,
                                                                  core::Cancellation& cancellation);

  void forget(std::string_view video_id);
  [[nodiscard]] size_t size() const noexcept { return entries_.size(); }
  /// Of the layouts. Walks over all of them.
  [[nodiscard]] size_t bytes() const noexcept;

 private:
  using Layout = core::Result<core::Snapshot<http::FileLayout>>;
  struct Entry {
    std::string video_id;
    uint32_t itag = 0;
    std::string version;
    std::optional<Layout> layout;  // Empty while it is made.
    core::Event made;
  };

  core::Task<Layout> lay_out(const Wanted& wanted);

  core::Ring& ring_;
  const Shelf& shelf_;
  std::list<std::shared_ptr<Entry>> entries_;  // The most recent first.
};

}  // namespace millrace::media::library
