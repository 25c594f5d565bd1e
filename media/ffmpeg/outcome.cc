#include "media/ffmpeg/outcome.h"

#include <array>

#include "media/ffmpeg/handles.h"

namespace millrace::media::ffmpeg {

std::string av_text(int av_error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(av_error, text.data(), text.size());
  return text.data();
}

std::unexpected<JobFailure> av_failure(FailureReason reason, std::string_view what, int av_error) {
  if (av_error == AVERROR(ENOMEM)) reason = FailureReason::kOutOfMemory;
  return worker::job_failure(reason, fmt::format("{}: {}", what, av_text(av_error)));
}

}  // namespace millrace::media::ffmpeg
