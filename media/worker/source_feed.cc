#include "media/worker/source_feed.h"

#include <algorithm>
#include <cstring>

#include "core/io/read.h"

namespace millrace::media::worker {
namespace {

using core::Task;

JobFailure unreadable(const char* what, int os_errno) {
  std::string detail = what;
  if (os_errno != 0) detail += std::string(": ") + std::strerror(os_errno);
  return {.reason = FailureReason::kSourceUnreadable, .detail = std::move(detail)};
}

}  // namespace

void SourceFeed::seek(const SeekRequest& request) noexcept {
  generation_ = request.generation;
  next_offset_ = request.offset;
  changed_.set();
}

std::optional<SourceSlice> SourceFeed::rest_at(uint64_t offset) const noexcept {
  for (const SourceSlice& slice : slices_) {
    if (offset < slice.size) {
      return SourceSlice{
          .fd = slice.fd, .offset = slice.offset + offset, .size = slice.size - offset};
    }
    offset -= slice.size;
  }
  return std::nullopt;
}

Task<std::optional<JobFailure>> SourceFeed::run(core::ShmRingWriter& ring,
                                                core::Cancellation& stop) {
  const size_t record_size =
      buffer_.size() + sizeof(SourceBytes::generation) + sizeof(SourceBytes::offset);
  while (!stop.requested()) {
    changed_.reset();
    const bool wanted = generation_ != 0 && rest_at(next_offset_).has_value();
    if (!wanted || ring.may_sleep_until_room_for(record_size)) {
      if (!co_await changed_.wait(&stop)) break;
      continue;
    }
    auto failure = co_await send_next(ring, stop);
    if (failure) co_return failure;
  }
  co_return std::nullopt;
}

Task<std::optional<JobFailure>> SourceFeed::send_next(core::ShmRingWriter& ring,
                                                      core::Cancellation& stop) {
  const uint64_t generation = generation_;
  const uint64_t offset = next_offset_;
  const SourceSlice from = *rest_at(offset);
  const auto into = std::span(buffer_).first(std::min<uint64_t>(from.size, buffer_.size()));
  reading_ = true;
  const auto count =
      co_await core::io::Read(core::Core::current().ring(), from.fd, into, from.offset, &stop);
  reading_ = false;
  if (!count) {
    if (stop.requested()) co_return std::nullopt;
    co_return unreadable("read", count.error().os_errno);
  }
  if (*count == 0) co_return unreadable("the file is shorter than it was", 0);
  if (generation != generation_) co_return std::nullopt;  // The worker has moved on meanwhile.

  WireWriter head;
  head.u64(generation);
  head.u64(offset);
  const auto written = ring.try_write(static_cast<uint32_t>(DownRecord::kSourceBytes),
                                      {head.view(), std::span(buffer_).first(*count)});
  if (!written) {
    co_return JobFailure{.reason = FailureReason::kMalformedReport, .detail = written.error().what};
  }
  // Not written: the worker moved its cursor back. It gets the bytes when it says there is room.
  if (*written) {
    next_offset_ += *count;
    ++sent_count_;
  }
  co_return std::nullopt;
}

}  // namespace millrace::media::worker
