#include "media/ffmpeg/live/av_live_input.h"

#include <algorithm>
#include <span>

#include "media/ffmpeg/allow_list.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

// The demuxer looks for the tables of a transport stream and steps back to their start, which it
// can only where the buffer still holds it.
constexpr int kBufferSize = 256 << 10;
constexpr int64_t kProbeSize = 192 << 10;
constexpr int64_t kStreamsMax = 32;
// Another stream of a kind takes the place of one that is silent: a publisher that began anew.
constexpr int kForeignPacketsMax = 100;
// Garbage, or packets of no stream in use: neither ends a stream, but not reading does.
constexpr int kErrorsMax = 1000;
// 8 MiB: a picture of 4K, sixteen times over.
constexpr size_t kUselessSizeMax = size_t{8} << 20;
constexpr int kClockBits = 33;
constexpr AVRational kMpegClock{1, 90'000};

int refuse_address(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

std::optional<Timeline::Stream> kind_of(const AVStream& stream) {
  switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
      return Timeline::Stream::kVideo;
    case AVMEDIA_TYPE_AUDIO:
      return Timeline::Stream::kAudio;
    default:
      return std::nullopt;
  }
}

}  // namespace

AvLiveInput::AvLiveInput(worker::Source& source) : source_(source) {
  auto* buffer = static_cast<uint8_t*>(av_malloc(kBufferSize));
  MR_ASSERT(buffer != nullptr);
  io_ = avio_alloc_context(buffer, kBufferSize, /*write_flag=*/0, this, &AvLiveInput::read_source,
                           /*write_packet=*/nullptr, &AvLiveInput::refuse_seek);
  MR_ASSERT(io_ != nullptr);
  io_->seekable = 0;
}

AvLiveInput::~AvLiveInput() {
  avformat_close_input(&format_);
  av_freep(&io_->buffer);  // libav may have put another buffer in place of ours.
  avio_context_free(&io_);
}

int AvLiveInput::read_source(void* self, uint8_t* buffer, int size) {
  auto& input = *static_cast<AvLiveInput*>(self);
  if (!input.source_state_) return AVERROR_EXIT;
  const auto got =
      input.source_.read(std::as_writable_bytes(std::span(buffer, static_cast<size_t>(size))));
  if (!got) {
    input.source_state_ = std::unexpected(got.error());
    return AVERROR_EXIT;
  }
  if ((input.useless_size_ += *got) > kUselessSizeMax) return AVERROR_INVALIDDATA;
  return *got == 0 ? AVERROR_EOF : static_cast<int>(*got);
}

int64_t AvLiveInput::refuse_seek(void*, int64_t, int) { return AVERROR(ENOSYS); }

Outcome<std::unique_ptr<LiveInput>> AvLiveInput::open(worker::Source& source, const char* demuxer) {
  std::unique_ptr<AvLiveInput> input(new AvLiveInput(source));
  AVFormatContext* format = avformat_alloc_context();
  MR_ASSERT(format != nullptr);
  format->pb = input->io_;
  format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_DISCARD_CORRUPT;
  format->io_open = &refuse_address;
  format->probesize = kProbeSize;
  format->correct_ts_overflow = 0;  // Knows one wrap only; see unwrapped().
  Options options;
  options.set("codec_whitelist", allowed_decoders()).set("max_streams", kStreamsMax);
  // Frees the context where it fails.
  if (const int error =
          avformat_open_input(&format, nullptr, av_find_input_format(demuxer), options.address());
      error < 0) {
    if (!input->source_state_) return job_failure(input->source_state_.error());
    return av_failure(FailureReason::kNotMedia, fmt::format("this is no {}", demuxer), error);
  }
  input->format_ = format;
  return input;
}

/// A fragment holds all pictures of some seconds before the sound of the same seconds.
int64_t AvLiveInput::sound_late_max_us() const noexcept {
  return av_strstart(format_->iformat->name, "mov", nullptr) != 0 ? 6'000'000 : 1'000'000;
}

bool AvLiveInput::announces(Timeline::Stream kind) const noexcept {
  const std::span streams(format_->streams, format_->nb_streams);
  return std::ranges::any_of(streams,
                             [kind](const AVStream* stream) { return kind_of(*stream) == kind; });
}

Outcome<bool> AvLiveInput::read(LivePacket& packet) {
  for (int errors = 0; errors < kErrorsMax;) {
    av_packet_unref(packet.packet.get());
    const int error = av_read_frame(format_, packet.packet.get());
    if (!source_state_) return job_failure(source_state_.error());
    if (useless_size_ > kUselessSizeMax) {
      return job_failure(FailureReason::kNotMedia,
                         fmt::format("nothing of {} bytes can be read", useless_size_));
    }
    if (error == AVERROR_EOF) return false;
    if (error == AVERROR(ENOMEM)) {
      return av_failure(FailureReason::kOutOfMemory, "reading a packet", error);
    }
    if (error < 0) {
      if (avio_feof(io_) != 0) return false;
      ++errors;
      continue;
    }
    AVStream& stream = *format_->streams[packet.packet->stream_index];
    if (packet.packet->size == 0 || !choose(stream)) continue;
    if (auto checked = check(stream); !checked) return std::unexpected(checked.error());
    describe(stream, packet);
    useless_size_ = 0;
    return true;
  }
  return job_failure(FailureReason::kDamaged, "nothing more can be read from the stream");
}

Outcome<> AvLiveInput::check(const AVStream& stream) const {
  if (av_stream_get_side_data(&stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) != nullptr) {
    return job_failure(FailureReason::kEncrypted, "the stream is encrypted");
  }
  return {};
}

bool AvLiveInput::choose(const AVStream& stream) {
  const auto kind = kind_of(stream);
  if (!kind) return false;
  Chosen& chosen = chosen_[static_cast<size_t>(*kind)];
  if (chosen.index != stream.index && chosen.index >= 0 &&
      ++chosen.foreign_count <= kForeignPacketsMax) {
    return false;
  }
  if (chosen.index != stream.index) {
    chosen.config = nullptr;
    if (stream.codecpar->extradata_size > 0) {
      const auto* extra = reinterpret_cast<const std::byte*>(stream.codecpar->extradata);
      chosen.config =
          std::make_shared<std::vector<std::byte>>(extra, extra + stream.codecpar->extradata_size);
    }
  }
  chosen.index = stream.index;
  chosen.foreign_count = 0;
  return true;
}

void AvLiveInput::describe(const AVStream& stream, LivePacket& packet) {
  AVPacket& raw = *packet.packet;
  packet.kind = *kind_of(stream);
  packet.codec = stream.codecpar->codec_id;
  packet.config = chosen_[static_cast<size_t>(packet.kind)].config;
  const AVRational time_base = stream.pts_wrap_bits == kClockBits ? kMpegClock : stream.time_base;
  for (int64_t* time : {&raw.dts, &raw.pts}) {
    if (*time == AV_NOPTS_VALUE) continue;
    if (stream.pts_wrap_bits == kClockBits) *time = unwrapped(*time, stream);
    *time = av_rescale_q(*time, time_base, kMicroseconds);
  }
  raw.duration = av_rescale_q(std::max<int64_t>(0, raw.duration), time_base, kMicroseconds);
}

/// A clock of 33 bits begins anew every 26.5 hours; a step is the shorter way round.
int64_t AvLiveInput::unwrapped(int64_t time, const AVStream& stream) {
  time = av_rescale_q(time, stream.time_base, kMpegClock);
  if (last_time_) {
    constexpr int kUnused = 64 - kClockBits;
    const auto step = static_cast<int64_t>(static_cast<uint64_t>(time - *last_time_) << kUnused);
    time = *last_time_ + (step >> kUnused);
  }
  last_time_ = time;
  return time;
}

}  // namespace millrace::media::ffmpeg
