// How many threads a job may use, and what libav may say.
#pragma once

#include <cstdint>

namespace millrace::media::ffmpeg {

/// `wanted`, or the cores of this process where it is 0. At least 1, at most 64.
int thread_count_for(uint32_t wanted) noexcept;

/// libav writes to standard error by itself; what it finds is reported by its return values. Call
/// it before there is a second thread.
void silence_libav() noexcept;

}  // namespace millrace::media::ffmpeg
