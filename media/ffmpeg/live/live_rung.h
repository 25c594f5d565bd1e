// One encoded rendition of a live stream.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>

#include "media/ffmpeg/frame_queue.h"
#include "media/ffmpeg/live/live_tracks.h"
#include "media/ffmpeg/live/part_cutter.h"
#include "media/ffmpeg/live/picture_clock.h"
#include "media/ffmpeg/live/sound_lane.h"
#include "media/ffmpeg/video_encoder.h"

namespace millrace::media::ffmpeg {

/// What a frame on its way to the encoders is, in AVFrame::opaque.
struct FrameRole {
  static constexpr uintptr_t kKey = 1;
  static constexpr uintptr_t kSegment = 2;
  static constexpr uintptr_t kDiscontinuity = 4;
};

/// Encodes on a thread of its own while a run lasts. A failure ends the rung, not the stream.
class LiveRung {
 public:
  struct Settings {
    worker::RungSpec spec;
    uint32_t first_sequence = 1;
    uint32_t part_target_ms = 0;
    int thread_count = 1;
    int yield_steps = 0;  ///< lower_thread_priority()
  };
  /// `tracks` and `outlet` are borrowed.
  LiveRung(const Settings& settings, LiveTracks& tracks, Outlet& outlet)
      : settings_(settings), tracks_(tracks), outlet_(outlet) {}
  LiveRung(const LiveRung&) = delete;
  LiveRung& operator=(const LiveRung&) = delete;
  ~LiveRung();

  struct Run {
    PictureSize size;
    FrameSpacing spacing;
    fmp4::Colour colour;
    int64_t start = 0;  ///< Of the first frame, in kLiveTick.
  };
  /// Opens the encoder and announces the track.
  Outcome<> begin(const Run& run);
  /// Of the run's size, `pts` in kLiveTick. Waits for room. False: the rung has failed.
  bool put(FramePtr frame);
  /// Everything put so far is encoded and cut.
  void end_run();
  /// It will not be needed any more: its track ends.
  void drop();

  const worker::RungSpec& spec() const noexcept { return settings_.spec; }
  const PictureSize& size() const noexcept { return run_->size; }

 private:
  Outcome<> work();
  Outcome<> encode(FramePtr frame);
  Outcome<> take_packets();
  Outcome<> write(const AVPacket& packet);

  struct Placed {
    PictureTimes times;
    PartStart start;
  };

  Settings settings_;
  LiveTracks& tracks_;
  Outlet& outlet_;
  std::optional<PartCutter> cutter_;
  std::optional<Run> run_;
  std::optional<PictureClock> clock_;
  OpenVideoEncoder encoder_;
  std::deque<Placed> placed_;  ///< Of frames that are in the encoder.
  int64_t frame_count_ = 0;
  std::optional<FrameQueue> frames_;
  std::thread thread_;
};

}  // namespace millrace::media::ffmpeg
