// millrace-worker: the only program of the project that links the FFmpeg libraries. The server
// starts one for each job; nobody else does.
#include <unistd.h>

#include "media/ffmpeg/export_ts.h"
#include "media/ffmpeg/live/run_live.h"
#include "media/ffmpeg/transcode.h"
#include "media/ffmpeg/validate.h"
#include "media/worker/worker_process.h"

int main(int argc, char** argv) {
  namespace ffmpeg = millrace::media::ffmpeg;
  const millrace::media::worker::JobRunners runners{.transcode = ffmpeg::run_transcode,
                                                    .validate = ffmpeg::run_validate,
                                                    .export_ts = ffmpeg::run_export_ts,
                                                    .live = ffmpeg::run_live};
  ::_exit(millrace::media::worker::run_worker(argc == 2 ? argv[1] : "", runners));
}
