#include "media/fmp4/sample_table.h"

#include <algorithm>

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;

void extend(std::vector<SampleRun>& runs, int32_t value) {
  if (runs.empty() || runs.back().value != value) runs.push_back({.count = 0, .value = value});
  ++runs.back().count;
}

}  // namespace

core::Result<> SampleTable::append(const Fragment& fragment, uint64_t payload_offset) {
  if (chunks_.empty()) start_time_ = end_time_ = fragment.decode_time;
  if (fragment.decode_time != end_time_) {
    return fail(ErrorCode::kMalformed, "fragment does not continue the last one");
  }
  if (fragment.samples.size() > kSamplesMax - sizes_.size()) {
    return fail(ErrorCode::kTooLarge, "too many samples for a classic header");
  }
  Chunk chunk{.offset = payload_offset,
              .start = fragment.decode_time,
              .sample_count = static_cast<uint32_t>(fragment.samples.size())};
  for (const Sample& sample : fragment.samples) {
    if (sample.duration > INT32_MAX) return fail(ErrorCode::kMalformed, "sample lasts too long");
    sizes_.push_back(sample.size);
    chunk.size += sample.size;
    extend(durations_, static_cast<int32_t>(sample.duration));
    extend(offsets_, sample.composition_offset);
    least_offset_ = std::min(least_offset_, sample.composition_offset);
    if (sample.key) keys_.push_back(static_cast<uint32_t>(sizes_.size()));
  }
  media_size_ += chunk.size;
  end_time_ += fragment.duration;
  chunks_.push_back(chunk);
  return {};
}

}  // namespace millrace::media::fmp4
