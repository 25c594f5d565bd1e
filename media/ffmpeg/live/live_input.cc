#include "media/ffmpeg/live/live_input.h"

#include "media/ffmpeg/live/av_live_input.h"
#include "media/ffmpeg/live/flv_live_input.h"

namespace millrace::media::ffmpeg {

Outcome<std::unique_ptr<LiveInput>> open_live_input(worker::Source& source,
                                                    worker::LiveContainer container) {
  switch (container) {
    case worker::LiveContainer::kMpegTs:
      return AvLiveInput::open(source, "mpegts");
    case worker::LiveContainer::kFmp4:
      return AvLiveInput::open(source, "mov");
    case worker::LiveContainer::kFlv:
      return std::make_unique<FlvLiveInput>(source);
  }
  return worker::job_failure(FailureReason::kUnsupportedJob, "no such container");
}

}  // namespace millrace::media::ffmpeg
