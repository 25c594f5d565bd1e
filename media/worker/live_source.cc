#include "media/worker/live_source.h"

#include <algorithm>
#include <cstring>

#include "media/worker/records.h"

namespace millrace::media::worker {

using core::ErrorCode;
using core::Result;

Result<size_t> LiveSource::read(std::span<std::byte> buffer) {
  if (buffer.empty()) return 0;
  while (held_.empty() && !ended_) {
    if (const auto received = receive(); !received) return std::unexpected(received.error());
  }
  const size_t count = std::min(buffer.size(), held_.size());
  if (count != 0) std::memcpy(buffer.data(), held_.data(), count);
  held_ = held_.subspan(count);
  return count;
}

Result<> LiveSource::seek(uint64_t) {
  return core::fail(ErrorCode::kUnsupported, "a live source has no other place to read from");
}

Result<> LiveSource::receive() {
  while (true) {
    const auto got = ring_.try_read(record_);
    if (!got) return std::unexpected(got.error());
    if (*got) break;
    if (!ring_.may_sleep()) continue;
    if (const auto waited = server_.wait(bytes_bell_); !waited) return waited;
  }
  switch (static_cast<DownRecord>(record_.type)) {
    case DownRecord::kLiveBytes:
      held_ = record_.payload;
      return {};
    case DownRecord::kLiveEnd:
      ended_ = true;
      return {};
    case DownRecord::kJob:
    case DownRecord::kSourceBytes:
      break;
  }
  return core::fail(ErrorCode::kMalformed, "a record from the server of unknown type");
}

}  // namespace millrace::media::worker
