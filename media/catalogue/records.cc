#include "media/catalogue/records.h"

namespace millrace::media::catalogue {

std::string_view to_string(VideoState state) noexcept {
  switch (state) {
    case VideoState::kUploading:
      return "uploading";
    case VideoState::kQueued:
      return "queued";
    case VideoState::kProcessing:
      return "processing";
    case VideoState::kReady:
      return "ready";
    case VideoState::kFailed:
      return "failed";
  }
  return "";
}

std::string_view to_string(FormatKind kind) noexcept {
  switch (kind) {
    case FormatKind::kVideo:
      return "video";
    case FormatKind::kAudio:
      return "audio";
    case FormatKind::kMuxed:
      return "muxed";
  }
  return "";
}

std::string_view to_string(FormatState state) noexcept {
  switch (state) {
    case FormatState::kProcessing:
      return "processing";
    case FormatState::kReady:
      return "ready";
  }
  return "";
}

std::string_view to_string(JobKind kind) noexcept {
  switch (kind) {
    case JobKind::kTranscode:
      return "transcode";
    case JobKind::kExport:
      return "export";
  }
  return "";
}

std::string_view to_string(JobState state) noexcept {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
  }
  return "";
}

std::string_view to_string(UploadState state) noexcept {
  switch (state) {
    case UploadState::kReceiving:
      return "receiving";
    case UploadState::kComplete:
      return "complete";
    case UploadState::kTerminated:
      return "terminated";
    case UploadState::kExpired:
      return "expired";
  }
  return "";
}

}  // namespace millrace::media::catalogue
