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
#include "http/body.h"
#include "media/library/rendition.h"
#include "media/vod/formats.h"

namespace millrace::media::library {

/// One per core. A layout is the movie's header and the places of its samples in the track files:
/// some hundred KiB for an hour, and no byte of media.
class DownloadCache {
 public:
  /// 32 layouts of about 1 MiB for two hours each: 32 MiB a core.
  static constexpr size_t kLayoutsMax = 32;

  explicit DownloadCache(core::Ring& ring) noexcept : ring_(ring) {}

  struct Wanted {
    core::Snapshot<VideoTracks> tracks;
    vod::Format format;
  };
  /// The body of `wanted`'s file. Whoever asks while it is laid out waits for the same layout.
  /// Errors: kConflict (still being made), kMalformed, kOs, the cancellation's.
  core::Task<core::Result<core::Snapshot<http::FileSlices>>> find(Wanted wanted,
                                                                  core::Cancellation& cancellation);

  void forget(std::string_view video_id);

 private:
  using Layout = core::Result<core::Snapshot<http::FileSlices>>;
  struct Entry {
    std::string video_id;
    uint32_t itag = 0;
    std::optional<Layout> layout;  // Empty while it is made.
    core::Event made;
  };

  core::Task<Layout> lay_out(const Wanted& wanted);

  core::Ring& ring_;
  std::list<std::shared_ptr<Entry>> entries_;  // The most recent first.
};

}  // namespace millrace::media::library
