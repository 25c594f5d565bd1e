#include "media/ffmpeg/fragmenter.h"

#include "media/fmp4/fragment.h"

namespace millrace::media::ffmpeg {
namespace {

constexpr size_t kHeadSizeMax = 1 << 20;  // 65,536 samples of 16 bytes.

}  // namespace

Outcome<> Fragmenter::add(const fmp4::Sample& sample, std::span<const uint8_t> bytes) {
  if (payload_.size() + bytes.size() + kHeadSizeMax > worker::kFragmentSizeMax) {
    return worker::job_failure(FailureReason::kEncoderFailed,
                               "one group of pictures is larger than a fragment may be");
  }
  samples_.push_back(sample);
  const auto raw = std::as_bytes(bytes);
  payload_.insert(payload_.end(), raw.begin(), raw.end());
  return {};
}

Outcome<> Fragmenter::cut() {
  if (samples_.empty()) return {};
  fragment_.clear();
  fmp4::append_fragment_head(fragment_, {.sequence = sequence_, .decode_time = decode_time_},
                             samples_);
  fragment_.insert(fragment_.end(), payload_.begin(), payload_.end());
  ++sequence_;
  for (const fmp4::Sample& sample : samples_) decode_time_ += sample.duration;
  samples_.clear();
  payload_.clear();
  return outlet_.fragment({.track = track_, .bytes = fragment_});
}

}  // namespace millrace::media::ffmpeg
