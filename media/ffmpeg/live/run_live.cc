#include "media/ffmpeg/live/run_live.h"

#include <utility>

#include "media/ffmpeg/live/live_input.h"
#include "media/ffmpeg/live/live_stream.h"
#include "media/ffmpeg/outlet.h"
#include "media/ffmpeg/surroundings.h"

namespace millrace::media::ffmpeg {

worker::JobResult run_live(const worker::JobSpec& spec, worker::Source& source,
                           worker::Sink& sink) {
  silence_libav();
  auto input = open_live_input(source, spec.live.container);
  if (!input) return std::unexpected(std::move(input.error()));
  Outlet outlet(sink);
  LiveStream stream(spec, **input, outlet);
  while (true) {
    LivePacket packet;
    const auto more = (*input)->read(packet);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    if (auto taken = stream.put(std::move(packet)); !taken) return taken;
  }
  return stream.finish();
}

}  // namespace millrace::media::ffmpeg
