#include "media/ffmpeg/validate.h"

#include <algorithm>
#include <utility>

#include "media/ffmpeg/decoder.h"
#include "media/ffmpeg/input.h"
#include "media/ffmpeg/outlet.h"
#include "media/ffmpeg/surroundings.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

constexpr int kDecoderThreadsMax = 8;

/// Adds up what a viewer would get: an encoder's priming lies before 0 and is cut by the edit list.
class Tally {
 public:
  explicit Tally(const AVStream& stream) : stream_(stream) {}

  void add(const AVFrame& frame) {
    const int64_t start = frame.best_effort_timestamp;
    keys_ += frame.key_frame != 0 ? 1 : 0;
    if (start == AV_NOPTS_VALUE) return;
    // libavformat gives the first packet of some codecs no duration.
    const int64_t end =
        start + (frame.pkt_duration > 0 ? frame.pkt_duration : duration_of_samples(frame));
    if (start < 0 && end <= 0) return;
    first_ = std::min(first_, std::max<int64_t>(0, start));
    last_ = std::max(last_, end);
    ++frames_;
  }

  bool empty() const noexcept { return frames_ == 0; }

  worker::ValidationReport report() const {
    int64_t last = last_;
    // A decoder fills the last packet of sound; the track says how much of it counts. Its duration
    // includes the priming, as far as the stream starts before 0.
    if (stream_.duration > 0 && stream_.start_time != AV_NOPTS_VALUE) {
      last = std::min(last, stream_.duration + std::min<int64_t>(0, stream_.start_time));
    }
    const int64_t duration = std::max<int64_t>(0, last - first_);
    return {.frame_count = is_video() ? frames_ : static_cast<uint64_t>(duration),
            .duration_us =
                static_cast<uint64_t>(av_rescale_q(duration, stream_.time_base, kMicroseconds)),
            .key_frame_count = keys_};
  }

 private:
  int64_t duration_of_samples(const AVFrame& frame) const {
    if (is_video() || frame.sample_rate <= 0) return 0;
    return av_rescale_q(frame.nb_samples, {1, frame.sample_rate}, stream_.time_base);
  }

  bool is_video() const { return stream_.codecpar->codec_type == AVMEDIA_TYPE_VIDEO; }

  const AVStream& stream_;
  int64_t first_ = INT64_MAX;
  int64_t last_ = 0;
  uint64_t frames_ = 0;
  uint32_t keys_ = 0;  ///< As the bitstream has it: what the container says of it is not asked.
};

Outcome<> decode(Decoder& decoder, const AVPacket* packet, Tally& tally) {
  if (auto sent = decoder.send(packet); !sent) return sent;
  while (true) {
    const auto frame = decoder.receive();
    if (!frame) return std::unexpected(frame.error());
    if (*frame == nullptr) return {};
    tally.add(**frame);
  }
}

Outcome<worker::ValidationReport> check(Input& input, const worker::JobSpec& spec, Outlet& outlet) {
  AVStream& stream = input.video() != nullptr ? *input.video() : *input.audio();
  auto decoder = Decoder::open(
      stream, {.thread_count = std::min(thread_count_for(spec.thread_count), kDecoderThreadsMax),
               .pixels_max = spec.limits.pixels_max,
               .strict = true});
  if (!decoder) return std::unexpected(decoder.error());
  Tally tally(stream);
  const PacketPtr packet = new_packet();
  while (true) {
    const auto more = input.read(*packet);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    if (auto done = decode(*decoder, packet.get(), tally); !done) {
      return std::unexpected(done.error());
    }
    if (auto passed = outlet.progress({.seconds_left = -1}); !passed) {
      return std::unexpected(passed.error());
    }
  }
  if (auto done = decode(*decoder, nullptr, tally); !done) return std::unexpected(done.error());
  if (tally.empty()) return job_failure(FailureReason::kInvalidOutput, "nothing decodes");
  worker::ValidationReport report = tally.report();
  report.decode_error_count =
      static_cast<uint32_t>(decoder->error_count()) + (input.read_error().empty() ? 0 : 1);
  return report;
}

}  // namespace

worker::JobResult run_validate(const worker::JobSpec& spec, worker::Source& source,
                               worker::Sink& sink) {
  silence_libav();
  auto input = Input::open(source, spec.limits);
  if (!input) {
    if (worker::may_retry(input.error().reason)) return std::unexpected(std::move(input.error()));
    return job_failure(FailureReason::kInvalidOutput, std::move(input.error().detail));
  }
  Outlet outlet(sink);
  const auto report = check(*input, spec, outlet);
  if (!report) return std::unexpected(report.error());
  if (const auto sent = sink.validation(*report); !sent) return worker::job_failure(sent.error());
  return {};
}

}  // namespace millrace::media::ffmpeg
