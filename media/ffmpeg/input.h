// The uploaded file, opened: which streams of it are used, and its packets one by one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outcome.h"
#include "media/ffmpeg/source_io.h"
#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// Opens no file and no network: bytes come from the Source, the container is one of the allow
/// list, and a container that asks for another address is refused it.
class Input {
 public:
  /// Reads the container's head and the first frames. Errors are what a user can act on: empty, not
  /// media, truncated, a playlist, encrypted, no stream, no decoder, too large, too long.
  static Outcome<Input> open(worker::Source& source, const worker::JobLimits& limits);

  const char* container() const noexcept { return format_->iformat->name; }
  AVStream* video() const noexcept { return video_; }  ///< Null: none.
  AVStream* audio() const noexcept { return audio_; }  ///< Null: none.

  /// Of the video, as the container or else the codec has it; 0/1: not said.
  AVRational sample_aspect_ratio() const noexcept {
    return av_guess_sample_aspect_ratio(format_.get(), video_, nullptr);
  }

  /// How long the output will be: sound that ends a little after the picture does not count. 0:
  /// unknown.
  int64_t duration_us() const noexcept { return duration_us_; }
  /// Containers of broadcast, whose clock may be set anew at any moment.
  bool clock_may_jump() const noexcept {
    return (format_->iformat->flags & AVFMT_TS_DISCONT) != 0 && !sound_has_no_gaps();
  }
  /// Ogg: sound is one run of samples from its start, and libavformat 5.1 guesses the times of the
  /// packets inside a page, seconds beside the truth where a page holds empty packets.
  bool sound_has_no_gaps() const noexcept {
    return std::string_view(format_->iformat->name) == "ogg";
  }

  /// For a container that does not know; see scan_duration_us().
  void set_duration_us(int64_t duration_us) noexcept {
    duration_us_ = declared_duration_us_ = duration_us;
  }
  /// In the source's own time; AV_NOPTS_VALUE without a stream, or where the container does not
  /// say.
  static int64_t start_us(const AVStream* stream) noexcept;

  /// The next packet of a stream in use; false at the end, which is also where a damaged file stops
  /// being readable (`read_error` says so).
  Outcome<bool> read(AVPacket& packet);
  const std::string& read_error() const noexcept { return read_error_; }
  int64_t read_position() const noexcept { return avio_tell(format_->pb); }

 private:
  struct CloseFormat {
    void operator()(AVFormatContext* format) const noexcept { avformat_close_input(&format); }
  };

  Input() = default;
  Outcome<> open_container(worker::Source& source);
  Outcome<> open_streams(const worker::JobLimits& limits);
  Outcome<> choose_streams();
  void measure_duration(uint64_t source_size);

  std::unique_ptr<SourceIo> io_;  // Outlives format_, which reads through it.
  std::unique_ptr<AVFormatContext, CloseFormat> format_;
  AVStream* video_ = nullptr;
  AVStream* audio_ = nullptr;
  int64_t duration_us_ = 0;
  int64_t declared_duration_us_ = 0;
  std::string read_error_;
};

}  // namespace millrace::media::ffmpeg
