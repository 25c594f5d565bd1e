// One live stream in the making: packets of a publisher in, parts of every rendition out.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/ffmpeg/live/first_picture.h"
#include "media/ffmpeg/live/live_clock.h"
#include "media/ffmpeg/live/live_input.h"
#include "media/ffmpeg/live/live_ladder.h"
#include "media/ffmpeg/live/live_tracks.h"
#include "media/ffmpeg/live/picture_form.h"
#include "media/ffmpeg/live/picture_lane.h"
#include "media/ffmpeg/live/punctuality.h"
#include "media/ffmpeg/live/sound_intake.h"
#include "media/ffmpeg/live/sound_lane.h"
#include "media/ffmpeg/outlet.h"
#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// The stream is a row of runs. Within one, formats stay the same and time goes on; another begins,
/// with a discontinuity in all tracks at one instant, where the publisher's clock jumps, a format
/// changes, or pictures are missing for longer than a part lasts. Each begins with a key frame:
/// what comes before is left out. The start of a run waits for some pictures, which show their
/// rate, and for sound, where the container announces it.
class LiveStream {
 public:
  LiveStream(const worker::JobSpec& spec, const LiveInput& input, Outlet& outlet);

  Outcome<> put(LivePacket packet);
  /// The publisher has ended: everything held is put out, and the tracks end.
  Outcome<> finish();

 private:
  enum class AtEnd : uint8_t { kNo, kYes };

  Outcome<> put_picture(LivePacket packet);
  Outcome<> put_sound(LivePacket packet);
  Outcome<> pass_picture(const LivePacket& packet);
  Outcome<> judge(const LivePacket& packet);
  Outcome<> wait_with(LivePacket packet);
  Outcome<> begin_if_ready(AtEnd at_end);
  Outcome<> begin_sound_only_if_due(AtEnd at_end);
  Outcome<> begin_run(const std::vector<int64_t>& times);
  Outcome<> give_up_start(JobFailure failure);
  Outcome<> begin_pictures(const LivePacket& first, const SegmentStart& start);
  Outcome<> begin_ladder(const LivePacket& first, const SegmentStart& start);
  Outcome<> announce_pictures(int64_t reorder_delay);
  Outcome<> begin_sound(int64_t source_us, const SegmentStart& start);
  void plan_renditions();
  Outcome<> replay();
  Outcome<> end_run();
  Outcome<> report_probe();
  Outcome<> tell(const LivePacket& packet);
  SegmentStart next_start() const noexcept;
  std::vector<int64_t> waiting_decode_times() const;
  PictureLane::Picture picture_of(const LivePacket& packet) const;
  int64_t end_of_tracks() const noexcept;

  const worker::JobSpec& spec_;
  const LiveInput& input_;
  Outlet& outlet_;
  LiveTracks tracks_;

  LiveClock clock_;
  uint32_t jumps_seen_ = 0;
  PictureForm picture_form_;
  SoundIntake sound_intake_;

  bool running_ = false;
  bool new_run_wanted_ = false;
  bool spacing_holds_ = false;      ///< The next run's pictures are as far apart as the last one's.
  std::deque<LivePacket> waiting_;  ///< For the start of a run.
  std::optional<FirstPicture> first_;
  AVCodecID codec_ = AV_CODEC_ID_NONE;  ///< Of the run's pictures, as is the configuration.
  std::vector<std::byte> config_;
  FrameSpacing spacing_;
  uint32_t runs_ = 0;
  uint32_t bad_starts_ = 0;

  uint32_t part_target_ms_ = 0;
  std::optional<PictureLane> pictures_;
  bool passes_ = true;  ///< The publisher's own pictures, for the whole of the job.
  std::vector<worker::RungSpec> rungs_;
  std::unique_ptr<LiveLadder> ladder_;           ///< Null: nothing is decoded.
  std::shared_ptr<const LadderRun> ladder_run_;  ///< That the next picture begins.
  std::optional<SoundLane> sound_;
  int64_t last_dts_ = INT64_MIN;
  bool sound_only_ = false;  ///< No picture came: for the whole of the job.
  Punctuality punctuality_;
  uint32_t dropped_ = 0;  ///< Packets, not yet told.
};

}  // namespace millrace::media::ffmpeg
