#include "media/ffmpeg/encode_audio.h"

#include <algorithm>
#include <utility>

#include "media/ffmpeg/audio_encoder.h"
#include "media/ffmpeg/fragmenter.h"
#include "media/fmp4/init_segment.h"

namespace millrace::media::ffmpeg {
namespace {

class AudioWriter {
 public:
  AudioWriter(const AudioRendition& rendition, const OpenAudioEncoder& encoder, Outlet& outlet,
              uint32_t track)
      : clock_(rendition.clock),
        priming_(encoder.format.priming),
        packet_samples_(encoder.codec->frame_size),
        fragmenter_(outlet, track),
        next_cut_(end_of_fragment()) {}

  Outcome<> write(const AVPacket& packet) {
    // One packet is kept back: only the next one shows that it was not the last.
    if (auto added = add_kept(packet_samples_); !added) return added;
    kept_.assign(packet.data, packet.data + packet.size);
    return {};
  }

  /// The track ends after `sample_count` samples of PCM.
  Outcome<> finish(int64_t sample_count) {
    const int64_t rest = sample_count + priming_ - end_;
    if (rest > 0) {
      if (auto added = add_kept(std::min(rest, packet_samples_)); !added) return added;
    }
    return fragmenter_.cut();
  }

 private:
  Outcome<> add_kept(int64_t duration) {
    if (kept_.empty()) return {};
    if (end_ - priming_ >= next_cut_) {
      if (auto cut = fragmenter_.cut(); !cut) return cut;
      ++fragments_;
      next_cut_ = end_of_fragment();
    }
    end_ += duration;
    return fragmenter_.add({.duration = static_cast<uint32_t>(duration),
                            .size = static_cast<uint32_t>(kept_.size()),
                            .key = true},
                           kept_);
  }

  /// Presentation time at which the current fragment ends, in samples.
  int64_t end_of_fragment() const {
    return av_rescale_q((fragments_ + 1) * clock_.frames_per_gop, av_inv_q(clock_.grid.rate),
                        {1, kOutputSampleRate});
  }

  FragmentClock clock_;
  int64_t priming_;
  int64_t packet_samples_;
  Fragmenter fragmenter_;
  std::vector<uint8_t> kept_;
  int64_t end_ = 0;  ///< Of the samples added, counted with the priming.
  int64_t fragments_ = 0;
  int64_t next_cut_;
};

/// PCM in the lengths and the layout that an encoder wants.
class PcmFeed {
 public:
  explicit PcmFeed(const AVCodecContext& codec)
      : codec_(codec),
        fifo_(av_audio_fifo_alloc(kPcmFormat, kOutputChannels, codec.frame_size * 4)) {
    MR_ASSERT(fifo_ != nullptr);
  }

  void put(const AVFrame& frame) {
    const int stored = av_audio_fifo_write(
        fifo_.get(), reinterpret_cast<void**>(frame.extended_data), frame.nb_samples);
    MR_ASSERT(stored == frame.nb_samples);
  }

  /// A frame of the encoder's length; where the PCM has ended, what is left. Null: not enough.
  FramePtr take(int at_least) {
    const int size = std::min(av_audio_fifo_size(fifo_.get()), codec_.frame_size);
    if (size < at_least) return nullptr;
    FramePtr planar = pcm_frame(kPcmFormat, size);
    av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(planar->extended_data), size);
    planar->pts = std::exchange(position_, position_ + size);
    return codec_.sample_fmt == kPcmFormat ? std::move(planar) : interleaved(*planar);
  }

  int64_t position() const noexcept { return position_; }

 private:
  FramePtr pcm_frame(AVSampleFormat format, int samples) const {
    FramePtr frame = new_frame();
    frame->format = format;
    frame->nb_samples = samples;
    frame->sample_rate = kOutputSampleRate;
    av_channel_layout_default(&frame->ch_layout, kOutputChannels);
    MR_ASSERT(av_frame_get_buffer(frame.get(), 0) >= 0);
    return frame;
  }

  FramePtr interleaved(const AVFrame& planar) const {
    FramePtr frame = pcm_frame(AV_SAMPLE_FMT_FLT, planar.nb_samples);
    auto* out = reinterpret_cast<float*>(frame->data[0]);
    const auto* left = reinterpret_cast<const float*>(planar.data[0]);
    const auto* right = reinterpret_cast<const float*>(planar.data[1]);
    for (int i = 0; i < planar.nb_samples; ++i) {
      *out++ = left[i];
      *out++ = right[i];
    }
    frame->pts = planar.pts;
    return frame;
  }

  const AVCodecContext& codec_;
  AudioFifoPtr fifo_;
  int64_t position_ = 0;
};

Outcome<> encode(AVCodecContext& codec, const AVFrame* frame, AVPacket& packet,
                 AudioWriter& writer) {
  if (const int error = avcodec_send_frame(&codec, frame); error < 0) {
    return av_failure(FailureReason::kEncoderFailed, "encoding sound", error);
  }
  while (true) {
    const int error = avcodec_receive_packet(&codec, &packet);
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) return av_failure(FailureReason::kEncoderFailed, "encoding sound", error);
    auto written = writer.write(packet);
    av_packet_unref(&packet);
    if (!written) return written;
  }
}

Outcome<> encode_all(OpenAudioEncoder& encoder, FrameQueue& frames, const Outlet& outlet,
                     AudioWriter& writer) {
  PcmFeed feed(*encoder.codec);
  const PacketPtr packet = new_packet();
  const auto drain = [&](int at_least) -> Outcome<> {
    while (const FramePtr frame = feed.take(at_least)) {
      if (auto done = encode(*encoder.codec, frame.get(), *packet, writer); !done) return done;
    }
    return {};
  };
  while (const FramePtr frame = frames.pop()) {
    feed.put(*frame);
    if (auto done = drain(encoder.codec->frame_size); !done) return done;
  }
  if (frames.abandoned()) return outlet.verdict();
  if (auto done = drain(/*at_least=*/1); !done) return done;
  if (auto done = encode(*encoder.codec, nullptr, *packet, writer); !done) return done;
  return writer.finish(feed.position());
}

}  // namespace

Outcome<> encode_audio(const AudioRendition& rendition, FrameQueue& frames, Outlet& outlet) {
  auto encoder = open_audio_encoder(rendition.spec);
  if (!encoder) return std::unexpected(encoder.error());
  worker::TrackReport report{.quality = rendition.spec.quality,
                             .kind = fmp4::MediaKind::kAudio,
                             .fragment_count_expected = rendition.clock.fragment_count_expected};
  fmp4::append_init_segment(report.init_segment, encoder->format);
  const auto track = outlet.announce(std::move(report));
  if (!track) return std::unexpected(track.error());
  AudioWriter writer(rendition, *encoder, outlet, *track);
  if (auto done = encode_all(*encoder, frames, outlet, writer); !done) return done;
  if (outlet.failed()) return outlet.verdict();
  return outlet.track_done(*track);
}

}  // namespace millrace::media::ffmpeg
