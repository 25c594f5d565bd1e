// Why a media job did not succeed, in words that the person who uploaded the file can act on.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace::media::worker {

/// The number of each reason is part of the record format between server and worker.
enum class FailureReason : uint8_t {
  // The file: trying again gives the same answer.
  kEmptyFile = 0,  ///< 0 bytes.
  kNotMedia = 1,   ///< No known container: text, an archive, random bytes.
  kTruncated = 2,  ///< The container's index or its end is missing.
  kContainerRefused =
      3,  ///< A playlist, an image sequence or another format that names other files.
  kCodecUnsupported = 4,   ///< Known container, and no stream in it that can be decoded here.
  kNoStreams = 5,          ///< Neither video nor audio.
  kNoDuration = 6,         ///< Not one frame or sample to show.
  kPictureTooLarge = 7,    ///< Over the limits of width, height or pixels.
  kTooLong = 8,            ///< Over the limit of duration.
  kDamaged = 9,            ///< More of it fails to decode than can be repaired.
  kEncrypted = 10,         ///< DRM or password.
  kSourceUnreadable = 11,  ///< The server could not read the stored original.
  // The output: an encoder or the packager did not deliver what was asked for.
  kInvalidOutput = 20,   ///< Validation refused a rendition.
  kEncoderFailed = 21,   ///< An encoder could not be opened or gave up.
  kUnsupportedJob = 22,  ///< This worker does not know the job it was given.
  // The worker: another attempt may succeed.
  kOutOfMemory = 30,
  kOutOfTime = 31,        ///< The limit of CPU seconds, which the same work reaches again.
  kCrashed = 32,          ///< Ended by a signal.
  kHung = 33,             ///< No sign of life within the limit.
  kMalformedReport = 34,  ///< What it wrote into its ring breaks the protocol.
  kExitedEarly = 35,      ///< Ended without a verdict.
  kNotStarted = 36,       ///< The executable could not be started.
  kInternal = 37,
  // The server.
  kCancelled = 40,     ///< Ended by its owner: shutdown, or the video was deleted.
  kOutputFailed = 41,  ///< The server could not store what the worker made.
  kInterrupted = 42,   ///< The server died every time that it tried.
  kDiskShort = 43,     ///< The disk is full, or less is free than shall stay free.
};

/// A stable word for the API and the log: `not_media`, `picture_too_large`.
std::string_view to_string(FailureReason reason) noexcept;

/// One or two sentences: what is wrong with the video and what to do about it.
std::string_view advice(FailureReason reason) noexcept;

/// True where another attempt with the same bytes may end otherwise.
bool may_retry(FailureReason reason) noexcept;

/// How many attempts a job may have that ended so, of at most `attempts_max`. Fewer where the same
/// bytes mostly end the same way: a rendition that fails its check is made once more, because a bit
/// may have flipped on its way, and no more than that.
uint32_t attempts_worth(FailureReason reason, uint32_t attempts_max) noexcept;

/// True for a number that is a reason; one that comes from a worker is checked by this.
bool is_failure_reason(uint8_t number) noexcept;

struct JobFailure {
  FailureReason reason = FailureReason::kInternal;
  /// What exactly was found, for the operator and the curious: "no moov box in 1048576 bytes".
  /// Printable UTF-8, at most kFailureDetailSizeMax bytes.
  std::string detail;

  bool operator==(const JobFailure&) const = default;
};

inline constexpr uint32_t kFailureDetailSizeMax = 2048;

using JobResult = std::expected<void, JobFailure>;

[[nodiscard]] inline std::unexpected<JobFailure> job_failure(FailureReason reason,
                                                             std::string detail) {
  return std::unexpected(JobFailure{.reason = reason, .detail = std::move(detail)});
}

/// A job that ends because a Source or a Sink failed: the parent is gone or refused the report.
[[nodiscard]] std::unexpected<JobFailure> job_failure(const core::Error& error);

}  // namespace millrace::media::worker
