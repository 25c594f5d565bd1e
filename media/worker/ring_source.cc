#include "media/worker/ring_source.h"

#include <algorithm>
#include <cstring>

namespace millrace::media::worker {
namespace {

using core::ErrorCode;
using core::Result;

// What is about to arrive or has arrived already is dropped sooner than asked for again.
constexpr uint64_t kSkipMax = kDownRingSize / 2;

}  // namespace

Result<size_t> RingSource::read(std::span<std::byte> buffer) {
  if (buffer.empty() || position_ >= size_) return 0;
  while (!holds_position()) {
    const bool will_arrive =
        generation_ != 0 && position_ >= next_offset_ && position_ - next_offset_ <= kSkipMax;
    if (!will_arrive) {
      if (const auto requested = request_position(); !requested) {
        return std::unexpected(requested.error());
      }
    }
    if (const auto received = receive(); !received) return std::unexpected(received.error());
  }
  const auto from = held_.subspan(position_ - held_offset_);
  const size_t count = std::min(buffer.size(), from.size());
  std::memcpy(buffer.data(), from.data(), count);
  position_ += count;
  return count;
}

Result<> RingSource::seek(uint64_t offset) {
  position_ = offset;
  return {};
}

bool RingSource::holds_position() const noexcept {
  return position_ >= held_offset_ && position_ - held_offset_ < held_.size();
}

Result<> RingSource::request_position() {
  ++generation_;
  next_offset_ = position_;
  return reports_.write(UpRecord::kSeek,
                        SeekRequest{.generation = generation_, .offset = position_});
}

Result<> RingSource::receive() {
  while (true) {
    const auto got = ring_.try_read(record_);
    held_ = {};
    if (!got) return std::unexpected(got.error());
    if (*got) return take(record_);
    if (!ring_.may_sleep()) continue;
    if (const auto waited = server_.wait(bytes_bell_); !waited) return waited;
  }
}

Result<> RingSource::take(const core::ShmRecord& record) {
  if (record.type != static_cast<uint32_t>(DownRecord::kSourceBytes)) {
    return core::fail(ErrorCode::kMalformed, "a record from the server of unknown type");
  }
  const auto source = parse_source_bytes(record.payload);
  if (!source) return std::unexpected(source.error());
  if (source->generation != generation_) return {};
  if (source->offset != next_offset_ || source->bytes.empty()) {
    return core::fail(ErrorCode::kMalformed, "source bytes out of order");
  }
  held_ = source->bytes;
  held_offset_ = source->offset;
  next_offset_ += source->bytes.size();
  return {};
}

}  // namespace millrace::media::worker
