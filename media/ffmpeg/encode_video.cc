#include "media/ffmpeg/encode_video.h"

#include <utility>

#include "media/ffmpeg/fragmenter.h"
#include "media/fmp4/init_segment.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

class VideoWriter {
 public:
  VideoWriter(const VideoRendition& rendition, const fmp4::TrackFormat& format, Outlet& outlet,
              uint32_t track)
      : format_(format),
        frames_per_gop_(rendition.clock.frames_per_gop),
        fragmenter_(outlet, track) {}

  Outcome<> write(const AVPacket& packet) {
    const bool key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
    if (key && packet.pts % frames_per_gop_ == 0) {
      if (auto cut = fragmenter_.cut(); !cut) return cut;
    }
    // SG-01: a missing key frame would put this rendition's segments beside its siblings'.
    if (fragmenter_.empty() && (!key || packet.pts != sample_count_)) {
      return job_failure(FailureReason::kEncoderFailed,
                         "a group of pictures without its key frame");
    }
    const int64_t shift = packet.pts - sample_count_++;
    const int64_t offset = shift * format_.frame_duration + format_.reorder_delay;
    if (offset < 0) {
      return job_failure(FailureReason::kEncoderFailed, "frames reordered further than announced");
    }
    const auto bytes = sample_bytes(format_.codec, packet);
    return fragmenter_.add({.duration = format_.frame_duration,
                            .size = static_cast<uint32_t>(bytes.size()),
                            .composition_offset = static_cast<int32_t>(offset),
                            .key = key},
                           bytes);
  }

  Outcome<> finish(int64_t frame_count) {
    if (sample_count_ != frame_count) {
      return job_failure(FailureReason::kEncoderFailed,
                         fmt::format("{} frames became {} samples", frame_count, sample_count_));
    }
    return fragmenter_.cut();
  }

 private:
  const fmp4::TrackFormat& format_;
  int64_t frames_per_gop_;
  int64_t sample_count_ = 0;
  Fragmenter fragmenter_;
};

Outcome<> encode(AVCodecContext& codec, const AVFrame* frame, AVPacket& packet,
                 VideoWriter& writer) {
  if (const int error = avcodec_send_frame(&codec, frame); error < 0) {
    return av_failure(FailureReason::kEncoderFailed, "encoding a picture", error);
  }
  while (true) {
    const int error = avcodec_receive_packet(&codec, &packet);
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) return av_failure(FailureReason::kEncoderFailed, "encoding a picture", error);
    auto written = writer.write(packet);
    av_packet_unref(&packet);
    if (!written) return written;
  }
}

/// SVT-AV1 places its key frames by the GOP length alone.
AVPictureType wanted_type(const VideoRendition& rendition, int64_t frame) noexcept {
  const bool forced = rendition.rung.spec.codec != fmp4::Codec::kAv1;
  return forced && frame % rendition.clock.frames_per_gop == 0 ? AV_PICTURE_TYPE_I
                                                               : AV_PICTURE_TYPE_NONE;
}

worker::TrackReport announcement(const VideoRendition& rendition, const fmp4::TrackFormat& format) {
  worker::TrackReport report{.quality = rendition.rung.spec.quality,
                             .kind = fmp4::MediaKind::kVideo,
                             .fragment_count_expected = rendition.clock.fragment_count_expected};
  fmp4::append_init_segment(report.init_segment, format);
  return report;
}

}  // namespace

Outcome<> encode_video(const VideoRendition& rendition, FrameQueue& frames, Outlet& outlet) {
  auto encoder = open_video_encoder({.rung = rendition.rung,
                                     .grid = rendition.clock.grid,
                                     .frames_per_gop = rendition.clock.frames_per_gop,
                                     .colour = rendition.colour,
                                     .thread_count = rendition.thread_count});
  if (!encoder) return std::unexpected(encoder.error());
  const auto track = outlet.announce(announcement(rendition, encoder->format));
  if (!track) return std::unexpected(track.error());
  VideoWriter writer(rendition, encoder->format, outlet, *track);
  const PacketPtr packet = new_packet();
  int64_t frame_count = 0;
  while (FramePtr frame = frames.pop()) {
    frame->pict_type = wanted_type(rendition, frame->pts);
    ++frame_count;
    if (auto done = encode(*encoder->codec, frame.get(), *packet, writer); !done) return done;
  }
  if (frames.abandoned()) return outlet.verdict();
  if (auto done = encode(*encoder->codec, nullptr, *packet, writer); !done) return done;
  if (auto done = writer.finish(frame_count); !done) return done;
  return outlet.track_done(*track);
}

}  // namespace millrace::media::ffmpeg
