#include "media/ffmpeg/live/live_ladder.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace millrace::media::ffmpeg {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kStepMax = kLiveTick.den;

/// What stands for pictures that never came: black in 4:2:0, limited range.
FramePtr black_picture(const PictureSize& size) {
  const BufferPoolPtr pool = picture_pool(size);
  FramePtr picture = picture_from(*pool, size);
  MR_ASSERT(picture != nullptr);
  const ptrdiff_t strides[4] = {picture->linesize[0], picture->linesize[1], picture->linesize[2]};
  av_image_fill_black(picture->data, strides, AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, size.width,
                      size.height);
  return picture;
}

}  // namespace

LiveLadder::LiveLadder(const Settings& settings, LiveTracks& tracks, Outlet& outlet)
    : settings_(settings),
      outlet_(outlet),
      thumbnails_(outlet, av_rescale(settings.thumbnail_ms, kLiveTick.den, 1000)) {
  std::vector<worker::RungSpec> specs = settings.rungs;
  std::ranges::sort(specs, {}, &worker::RungSpec::height);
  if (settings.source) specs.push_back(*settings.source);
  // The publisher's thread first, then the small rungs: they are what a poor network has.
  int yield_steps = 3;
  for (const worker::RungSpec& spec : specs) {
    rungs_.push_back(
        std::make_unique<LiveRung>(LiveRung::Settings{.spec = spec,
                                                      .first_sequence = settings.first_sequence,
                                                      .part_target_ms = settings.part_target_ms,
                                                      .thread_count = settings.thread_count,
                                                      .yield_steps = yield_steps++},
                                   tracks, outlet));
  }
  stills_only_ = rungs_.empty();
  thread_ = std::thread([this] { work(); });
}

LiveLadder::~LiveLadder() {
  queue_.abandon();
  if (thread_.joinable()) thread_.join();
}

void LiveLadder::put(LadderPicture picture) {
  if (stills_only_ && picture.run == nullptr && !picture.key) return;
  const bool may_wait = settings_.source || verdict_ != LadderLoad::Verdict::kTooSlow ||
                        lag_max() > LadderQueue::kSpanMax;
  queue_.push(std::move(picture),
              may_wait ? LadderQueue::WhenFull::kWait : LadderQueue::WhenFull::kLeaveOut);
}

Outcome<> LiveLadder::finish() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
  return outlet_.verdict();
}

void LiveLadder::work() {
  const auto run_all = [this]() -> Outcome<> {
    while (auto picture = queue_.pop()) {
      const Clock::time_point began = Clock::now();
      const int64_t step = std::clamp<int64_t>(picture->shown - newest_, 0, kStepMax);
      newest_ = std::max(newest_, picture->shown);
      if (auto taken = take(std::move(*picture)); !taken) return taken;
      load_.note(step, Clock::now() - began);
      judge_load();
    }
    return end_run(INT64_MAX);
  };
  if (auto done = run_all(); !done) {
    if (settings_.source) outlet_.fail(done.error());
    outlet_.log(worker::LogLevel::kWarning, done.error().detail);
    while (!rungs_.empty()) drop_rung(rungs_.size() - 1);
  }
  queue_.abandon();
}

Outcome<> LiveLadder::take(LadderPicture picture) {
  if (picture.run != nullptr) {
    if (auto ended = end_run(picture.run->start.time); !ended) return ended;
    if (auto begun = begin_run(std::move(picture.run)); !begun) return begun;
  }
  if (stills_only_ && (!picture.key || !thumbnails_.due(picture.shown))) return {};
  if (picture.key) keys_.push_back(picture.shown);
  picture.packet->pts = picture.shown;
  picture.packet->dts = AV_NOPTS_VALUE;
  if (auto done = decode(picture.packet.get()); !done) return done;
  if (!stills_only_) return {};
  // Nothing follows that would push the picture out.
  if (auto done = decode(nullptr); !done) return done;
  decoder_->restart();
  return {};
}

Outcome<> LiveLadder::begin_run(std::shared_ptr<const LadderRun> run) {
  run_ = std::move(run);
  auto decoder = Decoder::open(*run_->codec, kLiveTick,
                               {.thread_count = 1, .pixels_max = settings_.pixels_max});
  if (!decoder) return std::unexpected(decoder.error());
  decoder_ = std::move(*decoder);
  run_began_ = false;
  keys_.clear();
  last_.clear();
  last_time_ = run_->start.time - run_->spacing.frame_ticks;
  arrange_sizes();
  return {};
}

/// Every rung has every segment of a run, whatever became of its pictures.
Outcome<> LiveLadder::end_run(int64_t until) {
  if (run_ == nullptr) return {};
  if (!stills_only_) {
    if (auto done = decode(nullptr); !done) return done;
    if (auto done = filter_->put(nullptr); !done) return done;
    while (FramePtr shown = filter_->take()) {
      if (auto done = emit(std::move(shown)); !done) return done;
    }
    if (!run_began_) {
      FramePtr black = black_picture(sizes_.front());
      black->pts = run_->start.time;
      if (auto done = emit(std::move(black)); !done) return done;
    }
    while (queue_.has_start_before(until) && !rungs_.empty()) {
      if (auto done = encode(last_time_ + run_->spacing.frame_ticks); !done) return done;
    }
  }
  for (const auto& rung : rungs_) rung->end_run();
  run_ = nullptr;
  return {};
}

Outcome<> LiveLadder::decode(const AVPacket* packet) {
  if (auto sent = decoder_->send(packet); !sent) return sent;
  while (true) {
    auto frame = decoder_->receive();
    if (!frame) return std::unexpected(frame.error());
    if (*frame == nullptr) return {};
    (*frame)->pts = (*frame)->best_effort_timestamp;
    if ((*frame)->pts == AV_NOPTS_VALUE) continue;
    if (!run_began_) source_colour_ = SourceColour::of(**frame);
    if (auto put = filter_->put(std::move(*frame)); !put) return put;
    while (FramePtr shown = filter_->take()) {
      if (auto done = emit(std::move(shown)); !done) return done;
    }
  }
}

Outcome<> LiveLadder::emit(FramePtr picture) {
  const int64_t time = picture->pts;
  if (stills_only_) return thumbnails_.consider(*picture, time);
  if (time <= last_time_) return {};
  auto pictures = cascade_->scale(std::move(picture));
  if (!pictures) return std::unexpected(pictures.error());
  if (!run_began_) {
    last_ = std::move(*pictures);
    if (auto begun = begin_rungs(); !begun) return begun;
    run_began_ = true;
    return encode(time);
  }
  // Where pictures are missing the last one is shown again, so that no part becomes too long.
  const int64_t longest = av_rescale(settings_.part_target_ms, kLiveTick.den, 1000);
  while (time - last_time_ > longest) {
    const int64_t step = std::min(longest, run_->spacing.frame_ticks);
    if (auto done = encode(last_time_ + step); !done) return done;
  }
  last_ = std::move(*pictures);
  return encode(time);
}

/// What `last_` holds, at `time`.
Outcome<> LiveLadder::encode(int64_t time) {
  const uintptr_t role = role_at(time);
  for (size_t i = 0; i < rungs_.size();) {
    const auto size = std::ranges::find(sizes_, rungs_[i]->size());
    FramePtr frame = share(*last_[static_cast<size_t>(size - sizes_.begin())]);
    frame->pts = time;
    frame->opaque = reinterpret_cast<void*>(role);
    if (rungs_[i]->put(std::move(frame))) {
      ++i;
    } else if (settings_.source && i + 1 == rungs_.size()) {
      return worker::job_failure(FailureReason::kEncoderFailed, "the source's own size");
    } else {
      drop_rung(i);
    }
  }
  last_time_ = time;
  return last_.empty() ? Outcome<>{} : thumbnails_.consider(*last_.back(), time);
}

uintptr_t LiveLadder::role_at(int64_t time) {
  uintptr_t role = 0;
  for (; !keys_.empty() && keys_.front() <= time; keys_.pop_front()) role |= FrameRole::kKey;
  // Begun by a picture that others need not decode, a segment begins with a key frame here.
  if (const auto start = queue_.take_start(time)) {
    role |= FrameRole::kKey | FrameRole::kSegment;
    if (start->discontinuity) role |= FrameRole::kDiscontinuity;
  }
  return role;
}

void LiveLadder::arrange_sizes() {
  std::vector<PictureSize> sizes;
  for (const auto& rung : rungs_) sizes.push_back(size_of(rung->spec()));
  if (sizes.empty()) sizes.push_back(fit(run_->shown, {.width = 640, .height = 360}));
  std::ranges::sort(sizes, std::greater{}, &PictureSize::width);
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  if (rungs_.empty()) last_.clear();
  std::vector<FramePtr> last;
  for (const PictureSize& size : sizes) {
    const auto kept = std::ranges::find(sizes_, size);
    if (!last_.empty())
      last.push_back(std::move(last_[static_cast<size_t>(kept - sizes_.begin())]));
  }
  last_ = std::move(last);
  sizes_ = std::move(sizes);
  filter_.emplace(PictureFilter::Settings{
      .output = sizes_.front(), .orientation = {}, .thread_count = settings_.thread_count});
  cascade_.emplace(sizes_);
}

PictureSize LiveLadder::size_of(const worker::RungSpec& spec) const {
  if (settings_.source && spec.quality == settings_.source->quality) return run_->shown;
  return plan_ladder({&spec, 1}, run_->shown).front().size;
}

Outcome<> LiveLadder::begin_rungs() {
  for (size_t i = 0; i < rungs_.size();) {
    const PictureSize size = size_of(rungs_[i]->spec());
    auto begun = rungs_[i]->begin({.size = size,
                                   .spacing = run_->spacing,
                                   .colour = output_colour(source_colour_, size),
                                   .start = run_->start.time});
    if (begun) {
      ++i;
    } else if (settings_.source) {
      return begun;
    } else {
      outlet_.log(worker::LogLevel::kWarning, begun.error().detail);
      drop_rung(i);
    }
  }
  return {};
}

void LiveLadder::judge_load() {
  verdict_ = load_.verdict();
  if (load_.verdict() != LadderLoad::Verdict::kTooSlow || queue_.backlog() < lag_max()) return;
  const size_t droppable = rungs_.size() - (settings_.source ? 1 : 0);
  if (droppable == 0) return;
  drop_rung(droppable - 1);
  load_.start_anew();
  verdict_ = LadderLoad::Verdict::kUnknown;
}

void LiveLadder::drop_rung(size_t index) {
  const std::string quality = rungs_[index]->spec().quality;
  rungs_[index]->drop();
  rungs_.erase(rungs_.begin() + static_cast<ptrdiff_t>(index));
  stills_only_ = rungs_.empty();
  static_cast<void>(outlet_.notice({.kind = worker::NoticeKind::kRungDropped, .subject = quality}));
  if (run_ != nullptr) arrange_sizes();
}

}  // namespace millrace::media::ffmpeg
