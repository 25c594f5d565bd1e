// What the catalogue knows, as plain values. No file, no SQL and no core is involved in them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/snapshot.h"

namespace millrace::media::catalogue {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

enum class VideoState : uint8_t { kUploading, kQueued, kProcessing, kReady, kFailed };
enum class FormatKind : uint8_t { kVideo, kAudio, kMuxed };
enum class FormatState : uint8_t { kProcessing, kReady };
enum class JobKind : uint8_t { kTranscode, kExport };
enum class JobState : uint8_t { kQueued, kRunning };
enum class UploadState : uint8_t { kReceiving, kComplete, kTerminated, kExpired };

/// The words of the API and of the database file.
std::string_view to_string(VideoState state) noexcept;
std::string_view to_string(FormatKind kind) noexcept;
std::string_view to_string(FormatState state) noexcept;
std::string_view to_string(JobKind kind) noexcept;
std::string_view to_string(JobState state) noexcept;
std::string_view to_string(UploadState state) noexcept;

/// Why a video cannot be watched. `reason` is a stable word for programs ("unsupported_codec"),
/// `detail` a sentence for the person who uploaded it.
struct VideoFailure {
  std::string reason;
  std::string detail;
  bool operator==(const VideoFailure&) const = default;
};

/// What the worker's probe found in the original. Empty or 0 where the file has no such track.
struct SourceFacts {
  std::string container;
  std::string video_codec;
  std::string audio_codec;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t frame_rate_num = 0;
  uint32_t frame_rate_den = 1;
  bool operator==(const SourceFacts&) const = default;
};

/// One rendition, or one way to download renditions together. `quality` is its name within the
/// video ("720p", "audio-128k"); `codecs` is RFC 6381 text from the real bitstream.
struct FormatRecord {
  std::string quality;
  FormatKind kind = FormatKind::kVideo;
  std::string container;
  std::string codecs;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t frame_rate_num = 0;
  uint32_t frame_rate_den = 1;
  uint64_t average_bitrate_bps = 0;
  uint64_t peak_bitrate_bps = 0;
  uint64_t size = 0;  ///< Bytes of the track file.
  uint32_t itag = 0;  ///< 0: no itag stands for it.
  FormatState state = FormatState::kProcessing;
  bool operator==(const FormatRecord&) const = default;
};

/// One sprite sheet of equally sized tiles, row by row, one tile per interval.
struct Storyboard {
  uint32_t columns = 0;
  uint32_t rows = 0;
  uint32_t tile_width = 0;
  uint32_t tile_height = 0;
  uint32_t tile_count = 0;
  std::chrono::milliseconds interval{0};
  bool operator==(const Storyboard&) const = default;
};

struct VideoRecord {
  std::string id;
  std::string title;
  std::vector<std::string> tags;
  VideoState state = VideoState::kQueued;
  std::optional<VideoFailure> failure;
  Timestamp created;
  uint64_t size = 0;  ///< Bytes of the original.
  std::string file_name;
  SourceFacts source;
  std::chrono::microseconds duration{0};
  bool has_poster = false;
  std::optional<Storyboard> storyboard;
  std::vector<FormatRecord> formats;
  bool operator==(const VideoRecord&) const = default;
};

/// Work for a worker process. A job is deleted when it ends; what it left behind is the video.
struct JobRecord {
  int64_t id = 0;
  std::string video_id;
  JobKind kind = JobKind::kTranscode;
  std::string target;  ///< What to export; empty for a transcode.
  /// Minutes of head start: what is more urgent overtakes, yet nothing waits for ever.
  int32_t priority = 0;
  JobState state = JobState::kQueued;
  /// Starts so far, this one included, without those that the end of the server cut short, and
  /// those that no fault of the job ended.
  uint32_t attempts = 0;
  uint32_t interruptions = 0;  ///< Times that the server died, or was killed, while it ran.
  Timestamp not_before;        ///< Back-off: it is not claimed earlier.
  std::string last_error;
  Timestamp created;
  bool operator==(const JobRecord&) const = default;
};

/// A resumable upload. How much of it has arrived is not here: it is the size of its file.
struct UploadRecord {
  std::string id;                  ///< Also the id of the video it becomes.
  std::optional<uint64_t> length;  ///< Bytes; empty while the client defers it.
  std::string metadata;            ///< `Upload-Metadata` as received, to be echoed.
  std::string title;
  std::string file_name;
  UploadState state = UploadState::kReceiving;
  Timestamp created;
  Timestamp expires;
  bool operator==(const UploadRecord&) const = default;
};

/// One step of one video, to be applied by every core's view in any order. `video` is null when
/// it was removed. Revisions grow over the life of the process; the larger one is the truth.
struct VideoChange {
  uint64_t revision = 0;
  std::string id;
  core::Snapshot<VideoRecord> video;
};

}  // namespace millrace::media::catalogue
