#include "media/ffmpeg/input.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "media/ffmpeg/allow_list.h"
#include "media/ffmpeg/sound_track.h"
#include "media/ffmpeg/stream_checks.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

// A film with sound in a dozen languages and subtitles in thirty fits.
constexpr int64_t kStreamsMax = 64;
// A file of which not one packet in a thousand belongs to the streams in use is not worth reading.
constexpr int kForeignPacketsMax = 100'000;

int refuse_address(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

Outcome<std::vector<std::byte>> read_head(worker::Source& source) {
  std::vector<std::byte> head(std::min<uint64_t>(source.size(), kProbeSizeMax));
  size_t filled = 0;
  if (auto sought = source.seek(0); !sought) return worker::job_failure(sought.error());
  while (filled < head.size()) {
    const auto got = source.read(std::span(head).subspan(filled));
    if (!got) return worker::job_failure(got.error());
    if (*got == 0) break;
    filled += *got;
  }
  head.resize(filled);
  return head;
}

/// libav's own words for a missing index go to its log only; what it returns is "invalid data".
std::unexpected<JobFailure> open_failure(std::string_view container, int av_error) {
  if (container.starts_with("mov")) {
    return av_failure(
        FailureReason::kTruncated,
        "the file has no readable index (moov box), as after an interrupted recording", av_error);
  }
  return av_failure(FailureReason::kDamaged, fmt::format("the {} head cannot be read", container),
                    av_error);
}

/// The better of two streams of a kind is the larger tuple.
auto rank(const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  return std::tuple(
      find_decoder(codec.codec_id) != nullptr, (stream.disposition & AV_DISPOSITION_DEFAULT) != 0,
      int64_t{codec.width} * codec.height, codec.ch_layout.nb_channels, -stream.index);
}

constexpr int64_t kUnknown = -1;

/// In the source's own time.
struct Extent {
  int64_t start_us = 0;
  int64_t end_us = kUnknown;

  int64_t end_after(int64_t base_us) const { return end_us == kUnknown ? 0 : end_us - base_us; }
};

Extent declared_extent(const AVFormatContext& format, const AVStream& stream) {
  Extent extent;
  if (stream.start_time != AV_NOPTS_VALUE) {
    extent.start_us = av_rescale_q(stream.start_time, stream.time_base, kMicroseconds);
  }
  if (stream.duration > 0) {
    extent.end_us =
        extent.start_us + av_rescale_q(stream.duration, stream.time_base, kMicroseconds);
  } else if (format.duration > 0) {
    extent.end_us =
        std::max<int64_t>(0, format.start_time == AV_NOPTS_VALUE ? 0 : format.start_time) +
        format.duration;
  }
  return extent;
}

/// Ends where the first sample that the file no longer holds would have been shown. Works where the
/// index came first (MP4).
Extent readable_extent(AVStream& stream, Extent extent, uint64_t source_size) {
  const int count = avformat_index_get_entries_count(&stream);
  for (int i = 0; i < count; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(&stream, i);
    if (static_cast<uint64_t>(entry->pos) + static_cast<uint64_t>(entry->size) > source_size) {
      extent.end_us = std::max(extent.start_us,
                               av_rescale_q(entry->timestamp, stream.time_base, kMicroseconds));
      break;
    }
  }
  return extent;
}

/// Of the output: see kSoundOverhangMax_us.
int64_t presentation_us(const std::optional<Extent>& video, const std::optional<Extent>& audio) {
  if (!video) return audio->end_after(audio->start_us);
  const int64_t base = audio ? std::min(video->start_us, audio->start_us) : video->start_us;
  const int64_t pictures = video->end_after(base);
  const int64_t sound = audio ? audio->end_after(base) : 0;
  return sound - pictures > kSoundOverhangMax_us ? sound : pictures;
}

}  // namespace

Outcome<Input> Input::open(worker::Source& source, const worker::JobLimits& limits) {
  if (source.size() == 0) return job_failure(FailureReason::kEmptyFile, "0 bytes");
  Input input;
  if (auto opened = input.open_container(source); !opened) {
    // The server's end of the ring going away is not the file's fault.
    if (input.io_ != nullptr && !input.io_->state()) {
      return worker::job_failure(input.io_->state().error());
    }
    return std::unexpected(std::move(opened.error()));
  }
  if (auto streams = input.open_streams(limits); !streams) {
    if (!input.io_->state()) return worker::job_failure(input.io_->state().error());
    return std::unexpected(std::move(streams.error()));
  }
  input.measure_duration(source.size());
  // A broadcast's clock says nothing about its length; that is found out while it is read.
  const int64_t seconds_max = static_cast<int64_t>(limits.duration_ms_max / 1000);
  if (!input.clock_may_jump() && input.duration_us_ / 1'000'000 > seconds_max) {
    return job_failure(
        FailureReason::kTooLong,
        fmt::format("{} s; at most {} s", input.duration_us_ / 1'000'000, seconds_max));
  }
  // Half a film that says it is ready would be noticed by its viewers: its owner hears of it now.
  if (input.duration_us_ < input.declared_duration_us_) {
    return job_failure(FailureReason::kTruncated,
                       fmt::format("{:.3f} s of {:.3f} s are there",
                                   static_cast<double>(input.duration_us_) * 1e-6,
                                   static_cast<double>(input.declared_duration_us_) * 1e-6));
  }
  return input;
}

Outcome<> Input::open_container(worker::Source& source) {
  const auto head = read_head(source);
  if (!head) return std::unexpected(head.error());
  const auto container = recognise_container(*head);
  if (!container) return std::unexpected(container.error());
  if (auto sought = source.seek(0); !sought) return worker::job_failure(sought.error());
  io_ = std::make_unique<SourceIo>(source);
  AVFormatContext* format = avformat_alloc_context();
  MR_ASSERT(format != nullptr);
  format->pb = io_->context();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = &refuse_address;
  Options options;
  options.set("codec_whitelist", allowed_decoders()).set("max_streams", kStreamsMax);
  // Frees the context where it fails.
  if (const int error = avformat_open_input(&format, nullptr, *container, options.address());
      error < 0) {
    return open_failure((*container)->name, error);
  }
  format_.reset(format);
  return {};
}

Outcome<> Input::open_streams(const worker::JobLimits& limits) {
  for (const AVStream* stream : std::span(format_->streams, format_->nb_streams)) {
    const AVCodecParameters& codec = *stream->codecpar;
    // Before anything of it is decoded: what is read from noise may look damaged first.
    if (auto clear = check_clear(*stream); !clear) return clear;
    if (codec.codec_type != AVMEDIA_TYPE_VIDEO || codec.width == 0 || is_cover_art(*stream))
      continue;
    if (auto checked = check_picture_size(codec.width, codec.height, limits); !checked) {
      return checked;
    }
  }
  std::vector<Options> per_stream(format_->nb_streams);
  std::vector<AVDictionary*> raw;
  for (Options& options : per_stream) {
    // Enough to learn how large a picture is that will be refused, where the container does not
    // say.
    options.set("threads", int64_t{1})
        .set("max_pixels", static_cast<int64_t>(limits.pixels_max * 8));
    raw.push_back(*options.address());
  }
  const int found = avformat_find_stream_info(format_.get(), raw.empty() ? nullptr : raw.data());
  for (size_t i = 0; i < raw.size(); ++i) *per_stream[i].address() = raw[i];
  if (found < 0) return open_failure(format_->iformat->name, found);
  if (auto chosen = choose_streams(); !chosen) return chosen;
  if (video_ != nullptr) {
    if (auto checked = check_video(*video_, limits); !checked) return checked;
  }
  if (audio_ != nullptr) return check_audio(*audio_);
  return {};
}

Outcome<> Input::choose_streams() {
  for (AVStream* stream : std::span(format_->streams, format_->nb_streams)) {
    stream->discard = AVDISCARD_ALL;
    const AVMediaType type = stream->codecpar->codec_type;
    AVStream** best = type == AVMEDIA_TYPE_VIDEO && !is_cover_art(*stream) ? &video_
                      : type == AVMEDIA_TYPE_AUDIO                         ? &audio_
                                                                           : nullptr;
    if (best != nullptr && (*best == nullptr || rank(*stream) > rank(**best))) *best = stream;
  }
  if (video_ == nullptr && audio_ == nullptr) {
    return job_failure(FailureReason::kNoStreams,
                       fmt::format("{} streams, neither video nor sound", format_->nb_streams));
  }
  if (video_ != nullptr) video_->discard = AVDISCARD_DEFAULT;
  if (audio_ != nullptr) audio_->discard = AVDISCARD_DEFAULT;
  return {};
}

int64_t Input::start_us(const AVStream* stream) noexcept {
  if (stream == nullptr || stream->start_time == AV_NOPTS_VALUE) return AV_NOPTS_VALUE;
  return av_rescale_q(stream->start_time, stream->time_base, kMicroseconds);
}

void Input::measure_duration(uint64_t source_size) {
  std::optional<Extent> declared[2];
  std::optional<Extent> readable[2];
  AVStream* const streams[] = {video_, audio_};
  for (size_t i = 0; i < 2; ++i) {
    if (streams[i] == nullptr) continue;
    declared[i] = declared_extent(*format_, *streams[i]);
    readable[i] = readable_extent(*streams[i], *declared[i], source_size);
  }
  declared_duration_us_ = presentation_us(declared[0], declared[1]);
  duration_us_ = presentation_us(readable[0], readable[1]);
}

Outcome<bool> Input::read(AVPacket& packet) {
  for (int foreign = 0; foreign < kForeignPacketsMax; ++foreign) {
    av_packet_unref(&packet);
    const int error = av_read_frame(format_.get(), &packet);
    if (!io_->state()) return worker::job_failure(io_->state().error());
    if (error == AVERROR_EOF) return false;
    if (error == AVERROR(ENOMEM)) {
      return av_failure(FailureReason::kOutOfMemory, "reading a packet", error);
    }
    if (error < 0) {
      read_error_ = av_text(error);
      return false;
    }
    const bool of_video = video_ != nullptr && packet.stream_index == video_->index;
    const bool of_audio = audio_ != nullptr && packet.stream_index == audio_->index;
    if ((!of_video && !of_audio) || packet.size == 0) continue;
    if (av_packet_get_side_data(&packet, AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr) {
      return job_failure(FailureReason::kEncrypted, "a frame is encrypted");
    }
    return true;
  }
  read_error_ = "too many packets of streams that are not used";
  return false;
}

}  // namespace millrace::media::ffmpeg
