// What the steps of a job return: a value, or why the job cannot succeed.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "media/worker/failure.h"

namespace millrace::media::ffmpeg {

using worker::FailureReason;
using worker::JobFailure;

template <class T = void>
using Outcome = std::expected<T, JobFailure>;

/// `what` and, after a colon, libav's own words for `av_error` (a negative AVERROR). Running out of
/// memory keeps its own reason whatever was going on.
[[nodiscard]] std::unexpected<JobFailure> av_failure(FailureReason reason, std::string_view what,
                                                     int av_error);

/// libav's words for an AVERROR.
std::string av_text(int av_error);

}  // namespace millrace::media::ffmpeg
