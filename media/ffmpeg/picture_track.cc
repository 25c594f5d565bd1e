#include "media/ffmpeg/picture_track.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

// 64 MiB: 46 frames of 720p or 20 of 1080p. The smallest rung must be fed some 75 frames before its
// first fragment is out (2 s, and what its encoder looks ahead); the largest one, the slowest, may
// lag by this much, and gets the rest done meanwhile.
constexpr size_t kQueueBytesMax = 64 << 20;
constexpr int kPosterWidth = 1280;

std::vector<PictureSize> sizes_of(const std::vector<LadderRung>& ladder) {
  std::vector<PictureSize> sizes;
  for (const LadderRung& rung : ladder) {
    if (std::ranges::find(sizes, rung.size) == sizes.end()) sizes.push_back(rung.size);
  }
  std::ranges::reverse(sizes);
  return sizes;
}

}  // namespace

PictureTrack::PictureTrack(const Settings& settings, Outlet& outlet, ProgressMeter& meter)
    : settings_(settings),
      outlet_(outlet),
      meter_(meter),
      filter_({.output = settings.ladder.back().size,
               .orientation = settings.orientation,
               .thread_count = settings.thread_count}),
      sizes_(sizes_of(settings.ladder)),
      cascade_(sizes_),
      poster_(outlet),
      storyboard_(outlet, settings.duration_us) {
  for (const LadderRung& rung : settings.ladder) {
    const auto found = std::ranges::find(sizes_, rung.size);
    size_of_rendition_.push_back(static_cast<size_t>(found - sizes_.begin()));
  }
}

int PictureTrack::threads_for(const LadderRung& rung) const noexcept {
  double all = 0;
  for (const LadderRung& other : settings_.ladder) {
    all += double(other.size.width) * other.size.height;
  }
  // Three times its share of the cores, since threads of one encoder wait for each other; at most
  // x264's own choice, one and a half a core, which the large rung needs when the small ones are
  // done.
  const double share = double(rung.size.width) * rung.size.height / all;
  return std::clamp(static_cast<int>(std::lround(share * settings_.thread_count * 3)), 1,
                    (settings_.thread_count * 3 + 1) / 2);
}

Outcome<> PictureTrack::start(const AVFrame& picture) {
  const fmp4::Colour colour =
      output_colour(source_colour_, {.width = picture.width, .height = picture.height});
  int yield_steps = 0;
  for (const LadderRung& rung : settings_.ladder) {
    renditions_.push_back(
        std::make_unique<RenditionThread>(VideoRendition{.rung = rung,
                                                         .clock = settings_.clock,
                                                         .colour = colour,
                                                         .thread_count = threads_for(rung),
                                                         .yield_steps = yield_steps++},
                                          kQueueBytesMax, outlet_));
  }
  return {};
}

Outcome<> PictureTrack::put(FramePtr picture) {
  if (picture->pts / 1000 > settings_.duration_us_max / 1000) {
    return job_failure(FailureReason::kTooLong,
                       fmt::format("longer than {} s", settings_.duration_us_max / 1'000'000));
  }
  if (renditions_.empty()) source_colour_ = SourceColour::of(*picture);
  end_us_ = std::max(end_us_, picture->pts + std::max<int64_t>(0, picture->pkt_duration));
  if (auto filtered = filter_.put(std::move(picture)); !filtered) return filtered;
  while (FramePtr shown = filter_.take()) {
    if (auto done = put_on_grid(std::move(shown)); !done) return done;
  }
  return {};
}

Outcome<> PictureTrack::flush() {
  if (auto filtered = filter_.put(nullptr); !filtered) return filtered;
  while (FramePtr shown = filter_.take()) {
    if (auto done = put_on_grid(std::move(shown)); !done) return done;
  }
  return {};
}

Outcome<> PictureTrack::put_on_grid(FramePtr picture) {
  if (renditions_.empty()) {
    if (auto started = start(*picture); !started) return started;
  }
  const int64_t frame = settings_.clock.grid.frame_at(picture->pts);
  if (pending_ == nullptr) {
    pending_ = std::move(picture);  // Also shown for the time before it, if there is any.
    return {};
  }
  if (frame < pending_frame_) return {};
  const FramePtr previous = std::exchange(pending_, std::move(picture));
  const int64_t from = std::exchange(pending_frame_, frame);
  return emit(*previous, from, frame);
}

int64_t PictureTrack::end_frame() const noexcept {
  if (pending_ == nullptr) return 0;
  return std::max(pending_frame_ + 1, settings_.clock.grid.frame_at(end_us_));
}

Outcome<> PictureTrack::emit(const AVFrame& picture, int64_t from_frame, int64_t to_frame) {
  if (from_frame >= to_frame) return {};
  auto pictures = cascade_.scale(share(picture));
  if (!pictures) return std::unexpected(pictures.error());
  const FrameGrid& grid = settings_.clock.grid;
  if (auto done = consider_stills(*pictures, grid.time_us(from_frame)); !done) return done;
  for (int64_t frame = from_frame; frame < to_frame; ++frame) {
    for (size_t i = 0; i < renditions_.size(); ++i) {
      FramePtr copy = share(*(*pictures)[size_of_rendition_[i]]);
      copy->pts = frame;
      if (!renditions_[i]->frames().push(std::move(copy))) {
        return job_failure(FailureReason::kCancelled, "a rendition is not wanted any more");
      }
    }
    if (auto passed = meter_.advance(grid.time_us(frame)); !passed) return passed;
  }
  return {};
}

Outcome<> PictureTrack::consider_stills(const std::vector<FramePtr>& pictures, int64_t time_us) {
  const auto large = std::find_if(pictures.rbegin(), pictures.rend(), [](const FramePtr& picture) {
    return picture->width >= kPosterWidth;
  });
  const AVFrame& shown = large == pictures.rend() ? *pictures.front() : **large;
  if (auto done = poster_.consider(*pictures.back(), shown, time_us); !done) return done;
  return storyboard_.consider(*pictures.back(), time_us);
}

Outcome<> PictureTrack::finish(int64_t end_frame) {
  if (auto done = emit(*pending_, pending_frame_, end_frame); !done) return done;
  for (const auto& rendition : renditions_) rendition->frames().close();
  if (auto done = poster_.finish(); !done) return done;
  if (auto done = storyboard_.finish(); !done) return done;
  for (const auto& rendition : renditions_) rendition->join();
  return outlet_.verdict();
}

}  // namespace millrace::media::ffmpeg
