#include "media/ffmpeg/live/silent_packet.h"

namespace millrace::media::ffmpeg {
namespace {

// What an encoder puts out first belongs to the time before; from the third packet on all are
// alike.
constexpr int kPacketsSkipped = 3;

CodecPtr open_aac(const SoundFormat& format) {
  const AVCodec* encoder = avcodec_find_encoder_by_name("aac");
  if (encoder == nullptr) return nullptr;
  CodecPtr codec(avcodec_alloc_context3(encoder));
  MR_ASSERT(codec != nullptr);
  codec->sample_rate = static_cast<int>(format.sample_rate);
  codec->sample_fmt = AV_SAMPLE_FMT_FLTP;
  av_channel_layout_default(&codec->ch_layout, static_cast<int>(format.channels));
  codec->bit_rate = 32'000;
  codec->time_base = {1, codec->sample_rate};
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  return avcodec_open2(codec.get(), encoder, nullptr) < 0 ? nullptr : std::move(codec);
}

std::vector<uint8_t> encode_silence(AVCodecContext& codec) {
  const FramePtr frame = new_frame();
  frame->format = codec.sample_fmt;
  frame->nb_samples = codec.frame_size;
  frame->sample_rate = codec.sample_rate;
  if (av_channel_layout_copy(&frame->ch_layout, &codec.ch_layout) < 0 ||
      av_frame_get_buffer(frame.get(), 0) < 0) {
    return {};
  }
  av_samples_set_silence(frame->extended_data, 0, frame->nb_samples, codec.ch_layout.nb_channels,
                         codec.sample_fmt);
  const PacketPtr packet = new_packet();
  int made = 0;
  for (int sent = 0; sent < kPacketsSkipped * 3; ++sent) {
    frame->pts = int64_t{sent} * codec.frame_size;
    if (avcodec_send_frame(&codec, frame.get()) < 0) return {};
    while (avcodec_receive_packet(&codec, packet.get()) == 0) {
      if (++made > kPacketsSkipped) return {packet->data, packet->data + packet->size};
      av_packet_unref(packet.get());
    }
  }
  return {};
}

}  // namespace

std::vector<uint8_t> silent_packet(const SoundFormat& format) {
  if (format.codec == fmp4::Codec::kOpus) {
    // CELT, full band, 20 ms (RFC 6716, 3.1), then the range coder's word for a silent frame.
    const auto head = static_cast<uint8_t>(format.channels == 2 ? 0xFC : 0xF8);
    return {head, 0xFF, 0xFE};
  }
  const CodecPtr codec = open_aac(format);
  return codec == nullptr ? std::vector<uint8_t>{} : encode_silence(*codec);
}

SoundFormat silent_format() {
  // AAC-LC, rate index 3, two channels.
  constexpr std::byte kConfig[] = {std::byte{0x11}, std::byte{0x90}};
  return *aac_format(kConfig);
}

}  // namespace millrace::media::ffmpeg
