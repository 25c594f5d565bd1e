#include "media/ffmpeg/sound_track.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "media/ffmpeg/stream_checks.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

constexpr int64_t kDriftMax = kOutputSampleRate * int64_t{worker::kSoundDriftUsMax} / 1'000'000;
constexpr int64_t kHeldBack = kOutputSampleRate / 2;  // 500 ms
constexpr int64_t kSilenceFrame = kOutputSampleRate / 10;
constexpr int kFrameSamplesMax = 1
                                 << 20;  // Decoders make some thousands; PCM of a bad header more.

FramePtr pcm_frame(int64_t samples) {
  FramePtr frame = new_frame();
  frame->format = kPcmFormat;
  frame->nb_samples = static_cast<int>(samples);
  frame->sample_rate = kOutputSampleRate;
  av_channel_layout_default(&frame->ch_layout, kOutputChannels);
  if (av_frame_get_buffer(frame.get(), 0) < 0) return nullptr;
  return frame;
}

/// Encoders refuse a whole job for one number that is none.
void silence_broken_samples(AVFrame& frame) {
  for (int channel = 0; channel < kOutputChannels; ++channel) {
    const std::span samples(reinterpret_cast<float*>(frame.data[channel]),
                            static_cast<size_t>(frame.nb_samples));
    for (float& sample : samples) {
      if (!(std::abs(sample) <= 16.0F)) sample = 0;
    }
  }
}

void drop_front(AVFrame& frame, int64_t samples) {
  for (int channel = 0; channel < kOutputChannels; ++channel) {
    frame.data[channel] += samples * static_cast<int64_t>(sizeof(float));
  }
  frame.nb_samples -= static_cast<int>(samples);
}

}  // namespace

SoundTrack::Shape SoundTrack::Shape::of(const AVFrame& frame) noexcept {
  const bool known = frame.ch_layout.order == AV_CHANNEL_ORDER_NATIVE;
  return {.sample_rate = frame.sample_rate,
          .format = frame.format,
          .channels = frame.ch_layout.nb_channels,
          .layout_mask = known ? frame.ch_layout.u.mask : 0};
}

Outcome<> SoundTrack::reshape(const AVFrame& frame) {
  if (auto checked = check_sound(frame.sample_rate, frame.ch_layout.nb_channels); !checked) {
    return checked;
  }
  if (resampler_ != nullptr) {
    if (auto flushed = convert(nullptr, /*drop=*/0); !flushed) return flushed;
  }
  const Shape shape = Shape::of(frame);
  AVChannelLayout from{};
  if (shape.layout_mask == 0 || av_channel_layout_from_mask(&from, shape.layout_mask) < 0) {
    av_channel_layout_default(&from, shape.channels);
  }
  AVChannelLayout to{};
  av_channel_layout_default(&to, kOutputChannels);
  SwrContext* resampler = nullptr;
  int error =
      swr_alloc_set_opts2(&resampler, &to, kPcmFormat, kOutputSampleRate, &from,
                          static_cast<AVSampleFormat>(shape.format), shape.sample_rate, 0, nullptr);
  resampler_.reset(resampler);
  if (error >= 0) error = swr_init(resampler);
  if (error < 0) return av_failure(FailureReason::kDamaged, "the sound cannot be converted", error);
  shape_ = shape;
  return {};
}

int64_t SoundTrack::drift(const AVFrame& frame) const noexcept {
  if (frame.pts == AV_NOPTS_VALUE) return 0;
  const int64_t wanted = av_rescale_q(frame.pts, kMicroseconds, {1, kOutputSampleRate});
  // What the resampler still holds comes first.
  const int64_t drift = wanted - (end_ + swr_get_delay(resampler_.get(), kOutputSampleRate));
  // The start is exact: an error there would stay to the end.
  return end_ > 0 && std::abs(drift) <= kDriftMax ? 0 : drift;
}

Outcome<> SoundTrack::put(const AVFrame& frame) {
  if (frame.nb_samples <= 0) return {};
  if (frame.nb_samples > kFrameSamplesMax) {
    return job_failure(FailureReason::kDamaged, "a sound packet of absurd length");
  }
  if (shape_ != Shape::of(frame)) {
    if (auto reshaped = reshape(frame); !reshaped) return reshaped;
  }
  const int64_t drift_samples = drift(frame);
  if (drift_samples > 0) {
    // The tail of the sound before belongs before the gap.
    if (auto flushed = convert(nullptr, /*drop=*/0); !flushed) return flushed;
    if (auto reshaped = reshape(frame); !reshaped) return reshaped;
    const int64_t gap = av_rescale_q(frame.pts, kMicroseconds, {1, kOutputSampleRate}) - end_;
    if (auto added = add_silence(gap); !added) return added;
  }
  return convert(&frame, std::max<int64_t>(0, -drift_samples));
}

Outcome<> SoundTrack::convert(const AVFrame* frame, int64_t drop) {
  const int input = frame == nullptr ? 0 : frame->nb_samples;
  const int capacity = swr_get_out_samples(resampler_.get(), input);
  if (capacity <= 0) return {};
  FramePtr pcm = pcm_frame(capacity);
  if (pcm == nullptr) {
    return job_failure(FailureReason::kOutOfMemory, "no memory for sound");
  }
  const auto** samples =
      frame == nullptr ? nullptr : const_cast<const uint8_t**>(frame->extended_data);
  const int made = swr_convert(resampler_.get(), pcm->extended_data, capacity, samples, input);
  if (made < 0) return av_failure(FailureReason::kDamaged, "the sound cannot be converted", made);
  pcm->nb_samples = made;
  drop = std::min<int64_t>(drop, made);
  drop_front(*pcm, drop);
  return pcm->nb_samples == 0 ? Outcome<>{} : add(std::move(pcm));
}

Outcome<> SoundTrack::add_silence(int64_t samples) {
  while (samples > 0) {
    const int64_t part = std::min(samples, kSilenceFrame);
    FramePtr silence = pcm_frame(part);
    if (silence == nullptr) return job_failure(FailureReason::kOutOfMemory, "no memory for sound");
    av_samples_set_silence(silence->data, 0, static_cast<int>(part), kOutputChannels, kPcmFormat);
    if (auto added = add(std::move(silence)); !added) return added;
    samples -= part;
  }
  return {};
}

Outcome<> SoundTrack::add(FramePtr pcm) {
  silence_broken_samples(*pcm);
  end_ += pcm->nb_samples;
  held_samples_ += pcm->nb_samples;
  held_.push_back(std::move(pcm));
  return release(kHeldBack);
}

Outcome<> SoundTrack::release(int64_t samples_kept) {
  while (!held_.empty() && held_samples_ - held_.front()->nb_samples >= samples_kept) {
    const FramePtr pcm = std::move(held_.front());
    held_.pop_front();
    held_samples_ -= pcm->nb_samples;
    for (FrameQueue* queue : queues_) {
      if (!queue->push(share(*pcm))) {
        return job_failure(FailureReason::kCancelled, "the sound is not wanted any more");
      }
    }
  }
  return {};
}

Outcome<> SoundTrack::finish(int64_t end) {
  if (resampler_ != nullptr) {
    if (auto flushed = convert(nullptr, /*drop=*/0); !flushed) return flushed;
  }
  if (auto added = add_silence(end - end_); !added) return added;
  while (end_ > end && !held_.empty()) {
    AVFrame& last = *held_.back();
    const int64_t cut = std::min<int64_t>(end_ - end, last.nb_samples);
    last.nb_samples -= static_cast<int>(cut);
    end_ -= cut;
    held_samples_ -= cut;
    if (last.nb_samples == 0) held_.pop_back();
  }
  return release(/*samples_kept=*/0);
}

}  // namespace millrace::media::ffmpeg
