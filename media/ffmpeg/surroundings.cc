#include "media/ffmpeg/surroundings.h"

#include <sched.h>
#include <stdlib.h>

#include <algorithm>

#include "media/ffmpeg/handles.h"

namespace millrace::media::ffmpeg {

int thread_count_for(uint32_t wanted) noexcept {
  if (wanted == 0) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    wanted = sched_getaffinity(0, sizeof(cores), &cores) == 0
                 ? static_cast<uint32_t>(CPU_COUNT(&cores))
                 : 1;
  }
  return static_cast<int>(std::clamp<uint32_t>(wanted, 1, 64));
}

void silence_libav() noexcept {
  av_log_set_level(AV_LOG_QUIET);
  setenv("SVT_LOG", "1", /*overwrite=*/0);  // SVT-AV1 has a log of its own: errors only.
}

}  // namespace millrace::media::ffmpeg
