// The renditions of a live stream that are encoded.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "media/ffmpeg/decoder.h"
#include "media/ffmpeg/live/ladder_load.h"
#include "media/ffmpeg/live/ladder_queue.h"
#include "media/ffmpeg/live/live_rung.h"
#include "media/ffmpeg/live/thumbnails.h"
#include "media/ffmpeg/picture_filter.h"
#include "media/ffmpeg/scale_cascade.h"

namespace millrace::media::ffmpeg {

/// Decodes each picture once, on a thread of its own, scales it from size to size, and feeds the
/// rungs. Key frames and segments are where the publisher's are. A machine that is too slow loses
/// the largest rung, then the next: it costs the most, and what it shows is nearest to what is
/// left. The publisher's own rendition never waits for any of this.
class LiveLadder {
 public:
  struct Settings {
    std::vector<worker::RungSpec> rungs;
    /// That must not be dropped: the publisher's own pictures, where they cannot be passed on.
    std::optional<worker::RungSpec> source;
    uint32_t first_sequence = 1;
    uint32_t part_target_ms = 0;
    int thread_count = 1;
    uint32_t lag_max_ms = 1000;  ///< LiveSpec::rung_lag_max_ms
    uint32_t thumbnail_ms = 0;
    uint64_t pixels_max = 0;
  };
  LiveLadder(const Settings& settings, LiveTracks& tracks, Outlet& outlet);
  ~LiveLadder();

  void begin_segment(const SegmentStart& start) { queue_.begin_segment(start); }
  void put(LadderPicture picture);
  /// Everything put so far is encoded and reported.
  Outcome<> finish();

 private:
  void work();
  Outcome<> take(LadderPicture picture);
  Outcome<> begin_run(std::shared_ptr<const LadderRun> run);
  Outcome<> end_run(int64_t until);
  Outcome<> decode(const AVPacket* packet);
  Outcome<> emit(FramePtr picture);
  Outcome<> encode(int64_t time);
  Outcome<> begin_rungs();
  PictureSize size_of(const worker::RungSpec& spec) const;
  void drop_rung(size_t index);
  void arrange_sizes();
  void judge_load();
  int64_t lag_max() const noexcept { return int64_t{settings_.lag_max_ms} * kLiveTick.den / 1000; }
  uintptr_t role_at(int64_t time);

  Settings settings_;
  Outlet& outlet_;
  LadderQueue queue_;
  std::atomic<LadderLoad::Verdict> verdict_ = LadderLoad::Verdict::kUnknown;

  std::atomic<bool> stills_only_ = false;  ///< No rung: key frames are decoded, now and then.

  // Of the thread.
  LadderLoad load_;
  Thumbnails thumbnails_;
  std::vector<std::unique_ptr<LiveRung>> rungs_;  ///< The smallest first.
  std::shared_ptr<const LadderRun> run_;
  SourceColour source_colour_;
  bool run_began_ = false;  ///< Its first picture was decoded.
  std::optional<Decoder> decoder_;
  std::optional<PictureFilter> filter_;
  std::optional<ScaleCascade> cascade_;
  std::vector<PictureSize> sizes_;  ///< The largest first.
  std::deque<int64_t> keys_;        ///< When key frames are shown that are in the decoder.
  std::vector<FramePtr> last_;      ///< The pictures shown last, in all sizes.
  int64_t last_time_ = 0;
  int64_t newest_ = 0;  ///< Of the pictures taken.
  std::thread thread_;  // The last member: it uses the others.
};

}  // namespace millrace::media::ffmpeg
