// Whether the machine keeps up with what it encodes.
#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::media::ffmpeg {

/// Compares media with the time that it took. A publisher that sends faster than real time makes a
/// backlog too, so a backlog alone says nothing: too slow is who works more than a second for a
/// second.
class LadderLoad {
 public:
  enum class Verdict : uint8_t { kUnknown, kKeepsUp, kTooSlow };

  /// So much media, in kLiveTick, took so long, waiting for packets not counted.
  void note(int64_t media_ticks, std::chrono::nanoseconds busy) noexcept;
  /// Of the latest second or two of work.
  Verdict verdict() const noexcept { return verdict_; }
  /// Something was given up: what was measured before counts no more.
  void start_anew() noexcept { *this = {}; }

 private:
  int64_t media_ticks_ = 0;
  std::chrono::nanoseconds busy_{};
  Verdict verdict_ = Verdict::kUnknown;
};

}  // namespace millrace::media::ffmpeg
