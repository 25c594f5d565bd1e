#include "media/worker/failure.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace millrace::media::worker {
namespace {

struct ReasonText {
  FailureReason reason;
  std::string_view word;
  std::string_view advice;
};

constexpr ReasonText kTexts[] = {
    {FailureReason::kEmptyFile, "empty_file",
     "The file is empty. Check the original and upload it again."},
    {FailureReason::kNotMedia, "not_media",
     "The file is not a video or audio file that can be read here. Upload MP4, MOV, MKV, WebM, "
     "MPEG-TS, AVI, FLV, or a sound file."},
    {FailureReason::kTruncated, "truncated",
     "The file is incomplete: a part that is needed to play it is missing. The recording or the "
     "copy was probably interrupted; upload a complete file."},
    {FailureReason::kContainerRefused, "container_refused",
     "The file only refers to other files (a playlist or an image list). Upload the video itself."},
    {FailureReason::kCodecUnsupported, "codec_unsupported",
     "The video and sound formats in this file cannot be decoded here. Convert it to H.264 and "
     "AAC in MP4 and upload that."},
    {FailureReason::kNoStreams, "no_streams",
     "The file holds neither video nor sound. Check that the right file was chosen."},
    {FailureReason::kNoDuration, "no_duration",
     "The file holds not a single frame that can be shown. Check that it plays on your computer."},
    {FailureReason::kPictureTooLarge, "picture_too_large",
     "The picture is larger than this server accepts. Scale the video down and upload it again."},
    {FailureReason::kTooLong, "too_long",
     "The video is longer than this server accepts. Split it and upload the pieces."},
    {FailureReason::kDamaged, "damaged",
     "Too much of the file is damaged to be shown. Check the original and upload it again."},
    {FailureReason::kEncrypted, "encrypted",
     "The file is encrypted. Upload a copy without copy protection or password."},
    {FailureReason::kSourceUnreadable, "source_unreadable",
     "The server could not read the stored upload. Ask the operator to check the disk."},
    {FailureReason::kInvalidOutput, "invalid_output",
     "A converted rendition failed its check and was not published. Ask the operator to look at "
     "the log."},
    {FailureReason::kEncoderFailed, "encoder_failed",
     "The video could not be converted. Ask the operator to look at the log."},
    {FailureReason::kUnsupportedJob, "unsupported_job",
     "The server and its worker are not of the same version. Ask the operator to install both "
     "from one release."},
    {FailureReason::kOutOfMemory, "out_of_memory",
     "Converting the video needs more memory than a job may use. Upload a smaller picture, or ask "
     "the operator to raise the limit."},
    {FailureReason::kOutOfTime, "out_of_time",
     "Converting the video takes more computing time than a job may use. Upload a shorter video, "
     "or ask the operator to raise the limit."},
    {FailureReason::kCrashed, "worker_crashed",
     "Converting the video crashed, more than once. The file may be damaged; try to convert it "
     "with another program first."},
    {FailureReason::kHung, "worker_hung",
     "Converting the video stopped making progress, more than once. The file may be damaged; try "
     "to convert it with another program first."},
    {FailureReason::kMalformedReport, "worker_refused",
     "Converting the video was stopped because its output could not be trusted. The file may be "
     "harmful or damaged."},
    {FailureReason::kExitedEarly, "worker_exited",
     "Converting the video ended too early. Try again; if it happens again, ask the operator to "
     "look at the log."},
    {FailureReason::kNotStarted, "worker_not_started",
     "The server could not start the conversion. Ask the operator to check that millrace-worker "
     "is installed."},
    {FailureReason::kInternal, "internal",
     "Converting the video failed inside the server. Ask the operator to look at the log."},
    {FailureReason::kCancelled, "cancelled", "The conversion was stopped."},
    {FailureReason::kOutputFailed, "output_failed",
     "The server could not store the converted video. Ask the operator to check the disk."},
    {FailureReason::kInterrupted, "interrupted",
     "The server ended while it converted the video, more than once. The file may be harmful or "
     "damaged; try to convert it with another program first."},
    {FailureReason::kDiskShort, "disk_short",
     "The server's disk is short of space. The video is converted when there is room again."},
};

const ReasonText* find(FailureReason reason) noexcept {
  for (const ReasonText& text : kTexts) {
    if (text.reason == reason) return &text;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(FailureReason reason) noexcept {
  const ReasonText* text = find(reason);
  return text == nullptr ? "unknown" : text->word;
}

std::string_view advice(FailureReason reason) noexcept {
  const ReasonText* text = find(reason);
  return text == nullptr ? std::string_view{} : text->advice;
}

bool is_failure_reason(uint8_t number) noexcept {
  return find(static_cast<FailureReason>(number)) != nullptr;
}

bool may_retry(FailureReason reason) noexcept {
  const auto number = static_cast<uint8_t>(reason);
  const bool of_the_file = number <= static_cast<uint8_t>(FailureReason::kEncrypted);
  return !of_the_file && reason != FailureReason::kUnsupportedJob &&
         reason != FailureReason::kOutOfTime && reason != FailureReason::kCancelled &&
         reason != FailureReason::kInterrupted;
}

uint32_t attempts_worth(FailureReason reason, uint32_t attempts_max) noexcept {
  if (!may_retry(reason)) return 1;
  return reason == FailureReason::kInvalidOutput ? std::min(attempts_max, 2U) : attempts_max;
}

std::unexpected<JobFailure> job_failure(const core::Error& error) {
  using core::ErrorCode;
  FailureReason reason = FailureReason::kInternal;
  if (error.code == ErrorCode::kCancelled || error.code == ErrorCode::kClosed) {
    reason = FailureReason::kCancelled;
  }
  std::string detail = error.what;
  if (error.os_errno != 0) detail += std::string(": ") + std::strerror(error.os_errno);
  return job_failure(reason, std::move(detail));
}

}  // namespace millrace::media::worker
