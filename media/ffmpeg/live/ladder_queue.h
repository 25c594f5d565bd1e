// Pictures on their way from the publisher's thread to the one that decodes them.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "media/ffmpeg/ladder.h"
#include "media/ffmpeg/live/first_picture.h"
#include "media/ffmpeg/live/picture_clock.h"
#include "media/ffmpeg/live/sound_lane.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

/// Pictures of one format that follow each other without a jump.
struct LadderRun {
  CodecParameters codec;
  FrameSpacing spacing;
  PictureSize shown;  ///< Upright, with square pixels.
  SegmentStart start;
};

struct LadderPicture {
  std::shared_ptr<const LadderRun> run;  ///< Of the first picture of a run: the run; else null.
  PacketPtr packet;                      ///< As an MP4 sample.
  int64_t shown = 0;                     ///< On the track, in kLiveTick.
  bool key = false;
};

/// Bounded by the time between its first and last picture. What finds no room is left out until the
/// next key frame, unless told to wait.
class LadderQueue {
 public:
  static constexpr int64_t kSpanMax = int64_t{kLiveTick.den} * 3;
  enum class WhenFull : uint8_t { kWait, kLeaveOut };

  /// False: left out. A run that is left out goes to the next picture that is taken.
  bool push(LadderPicture picture, WhenFull when_full);
  /// Waits. Nothing after the last one, or once abandoned.
  std::optional<LadderPicture> pop();
  /// Segments are never left out: all tracks have the same.
  void begin_segment(const SegmentStart& start);
  /// The oldest start not taken yet, if it is not after `time`.
  std::optional<SegmentStart> take_start(int64_t time);
  bool has_start_before(int64_t time) const;
  void close();
  /// Nobody takes pictures any more.
  void abandon();
  /// From the picture popped last to the newest, in kLiveTick.
  int64_t backlog() const;

 private:
  int64_t span() const noexcept;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<LadderPicture> pictures_;
  std::shared_ptr<const LadderRun> run_left_out_;
  std::deque<SegmentStart> starts_;
  int64_t popped_ = 0;
  int64_t newest_ = 0;
  bool leaving_out_ = false;
  bool closed_ = false;
  bool abandoned_ = false;
};

}  // namespace millrace::media::ffmpeg
