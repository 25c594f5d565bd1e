// Videos in a store of the test's own: real track files, written as the server writes them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/core.h"
#include "media/library/store_paths.h"
#include "media/library/track_loader.h"
#include "tests/media/tracks.h"

namespace millrace::media::test {

/// A store in a temporary folder.
class Store {
 public:
  const library::StorePaths& paths() const { return paths_; }

  /// A finished track file where the server looks for it.
  void add_track(const std::string& id, const std::string& quality, const TrackFile& track) const {
    std::filesystem::create_directories(paths_.processed_folder(id));
    write_file(paths_.track(id, quality), track.bytes);
  }
  void add_file(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    write_file(path, std::as_bytes(std::span(text)));
  }

 private:
  TemporaryFolder folder_;
  library::StorePaths paths_{folder_.file("store")};
};

/// 5 fragments of 2 s at 30 fps, and sound as long: some KiB each.
inline TrackFile small_video() { return made_up_track(h264_180p(), 5, 60, 512); }
inline TrackFile small_audio() { return made_up_track(aac_stereo(), 5, 94, 1024); }

inline catalogue::FormatRecord format_record(std::string quality, catalogue::FormatKind kind) {
  return {.quality = std::move(quality),
          .kind = kind,
          .container = "mp4",
          .state = catalogue::FormatState::kReady};
}

/// Ready, with 180p and audio-128k.
inline catalogue::VideoRecord ready_record(std::string id) {
  using catalogue::FormatKind;
  return {.id = std::move(id),
          .title = "A film",
          .state = catalogue::VideoState::kReady,
          .formats = {format_record("180p", FormatKind::kMuxed),
                      format_record("180p", FormatKind::kVideo),
                      format_record("audio-128k", FormatKind::kAudio)}};
}

}  // namespace millrace::media::test
