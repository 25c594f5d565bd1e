#include "media/ffmpeg/ts_muxer.h"

#include <cstring>
#include <utility>

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

constexpr AVRational kTsClock{1, 90'000};
constexpr int kBufferSize = 64 << 10;
// Sound shares a PES packet, and with it a clock reference, for at most half of this: SG-09 wants a
// reference every 100 ms.
constexpr int kMuxDelay_us = 160'000;
// libav writes times later by twice the delay: together 10 s.
constexpr int64_t kOrigin = 10 * 90'000 - 2 * (kMuxDelay_us * 9 / 100);

AVCodecID codec_id(fmp4::Codec codec) noexcept {
  switch (codec) {
    case fmp4::Codec::kH264:
      return AV_CODEC_ID_H264;
    case fmp4::Codec::kHevc:
      return AV_CODEC_ID_HEVC;
    case fmp4::Codec::kAac:
      return AV_CODEC_ID_AAC;
    case fmp4::Codec::kVp9:
    case fmp4::Codec::kAv1:
    case fmp4::Codec::kOpus:
      break;
  }
  return AV_CODEC_ID_NONE;
}

void describe(const fmp4::TrackFormat& format, AVCodecParameters& codec) {
  const bool video = format.kind() == fmp4::MediaKind::kVideo;
  codec.codec_type = video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  codec.codec_id = codec_id(format.codec);
  codec.width = static_cast<int>(format.width);
  codec.height = static_cast<int>(format.height);
  if (!video) {
    codec.sample_rate = static_cast<int>(format.sample_rate);
    av_channel_layout_default(&codec.ch_layout, static_cast<int>(format.channels));
    codec.frame_size = 1024;
  }
  const size_t size = format.decoder_config.size();
  codec.extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
  MR_ASSERT(codec.extradata != nullptr);
  std::memcpy(codec.extradata, format.decoder_config.data(), size);
  codec.extradata_size = static_cast<int>(size);
}

}  // namespace

Outcome<std::unique_ptr<TsMuxer>> TsMuxer::open(const fmp4::TrackFormat& format) {
  if (codec_id(format.codec) == AV_CODEC_ID_NONE) {
    return job_failure(FailureReason::kUnsupportedJob, "MPEG-TS carries H.264, HEVC and AAC only");
  }
  auto muxer = std::unique_ptr<TsMuxer>(new TsMuxer);
  if (const int error = avformat_alloc_output_context2(&muxer->format_, nullptr, "mpegts", nullptr);
      error < 0) {
    return av_failure(FailureReason::kInternal, "opening the MPEG-TS writer", error);
  }
  AVFormatContext& context = *muxer->format_;
  auto* buffer = static_cast<uint8_t*>(av_malloc(kBufferSize));
  MR_ASSERT(buffer != nullptr);
  context.pb = avio_alloc_context(buffer, kBufferSize, /*write_flag=*/1, muxer.get(), nullptr,
                                  &TsMuxer::append, nullptr);
  AVStream* stream = avformat_new_stream(&context, nullptr);
  MR_ASSERT(context.pb != nullptr && stream != nullptr);
  context.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  context.max_delay = kMuxDelay_us;
  context.avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  describe(format, *stream->codecpar);
  Options options;  // Tables come when they are asked for, not by the clock.
  options.set("pat_period", "3600").set("sdt_period", "3600");
  if (const int error = avformat_write_header(&context, options.address()); error < 0) {
    return av_failure(FailureReason::kDamaged, "the track's format", error);
  }
  return muxer;
}

TsMuxer::~TsMuxer() {
  if (format_ == nullptr) return;
  if (format_->pb != nullptr) av_freep(&format_->pb->buffer);
  avio_context_free(&format_->pb);
  avformat_free_context(format_);
}

int TsMuxer::append(void* self, uint8_t* bytes, int size) {
  auto& out = static_cast<TsMuxer*>(self)->out_;
  const auto added = std::as_bytes(std::span(bytes, static_cast<size_t>(size)));
  out.insert(out.end(), added.begin(), added.end());
  return size;
}

void TsMuxer::repeat_tables() {
  av_opt_set(format_->priv_data, "mpegts_flags", "+resend_headers", 0);
}

Outcome<> TsMuxer::write(const TsSample& sample) {
  av_packet_unref(packet_.get());
  if (av_new_packet(packet_.get(), static_cast<int>(sample.bytes.size())) < 0) {
    return job_failure(FailureReason::kOutOfMemory, "no memory for a sample");
  }
  std::memcpy(packet_->data, sample.bytes.data(), sample.bytes.size());
  packet_->pts = sample.presentation_time + kOrigin;
  packet_->dts = sample.decode_time + kOrigin;
  packet_->duration = sample.duration;
  packet_->time_base = kTsClock;
  if (sample.key) packet_->flags |= AV_PKT_FLAG_KEY;
  if (const int error = av_write_frame(format_, packet_.get()); error < 0) {
    return av_failure(FailureReason::kDamaged, "writing a sample", error);
  }
  return {};
}

Outcome<std::vector<std::byte>> TsMuxer::finish() {
  if (const int error = av_write_trailer(format_); error < 0) {
    return av_failure(FailureReason::kDamaged, "writing the last samples", error);
  }
  avio_flush(format_->pb);
  return std::move(out_);
}

}  // namespace millrace::media::ffmpeg
