#include "media/worker/live_feed.h"

#include <algorithm>

namespace millrace::media::worker {
namespace {

using core::ErrorCode;
using core::Result;
using core::Task;

std::unexpected<core::Error> closed_error() noexcept {
  return core::fail(ErrorCode::kClosed, "the live job has ended");
}

}  // namespace

Task<Result<>> LiveFeed::write(std::span<const std::byte> bytes, core::Cancellation* cancellation) {
  if (finished_) co_return closed_error();
  while (!bytes.empty()) {
    const auto next = bytes.first(std::min(bytes.size(), kSourceReadSize));
    writing_ = true;
    const auto written = co_await write_record(DownRecord::kLiveBytes, next, cancellation);
    writing_ = false;
    changed_.notify_all();
    if (!written) co_return written;
    size_ += next.size();
    bytes = bytes.subspan(next.size());
  }
  co_return Result<>{};
}

Task<Result<>> LiveFeed::write_record(DownRecord type, std::span<const std::byte> bytes,
                                      core::Cancellation* cancellation) {
  while (!closed_) {
    if (cancellation != nullptr && cancellation->requested()) co_return cancellation->error();
    if (ring_ != nullptr) {
      const auto written = ring_->try_write(static_cast<uint32_t>(type), {bytes});
      if (!written) co_return std::unexpected(written.error());
      if (*written) {
        sent_size_ += core::ShmRingWriter::record_size(bytes.size());
        co_return Result<>{};
      }
      if (!ring_->may_sleep_until_room_for(bytes.size())) continue;
    }
    if (const auto woken = co_await changed_.wait(cancellation); !woken) {
      co_return std::unexpected(woken.error());
    }
  }
  co_return closed_error();
}

void LiveFeed::finish() noexcept {
  finished_ = true;
  changed_.notify_all();
}

Task<std::optional<JobFailure>> LiveFeed::run(core::ShmRingWriter& ring, core::Cancellation& stop) {
  ring_ = &ring;
  changed_.notify_all();
  std::optional<JobFailure> failure;
  while (!stop.requested() && !failure) {
    if (seek_seen_) {
      failure = {.reason = FailureReason::kMalformedReport, .detail = "a seek in a live source"};
    } else if (finished_ && !writing_ && !end_sent_) {
      const auto sent = co_await write_record(DownRecord::kLiveEnd, {}, &stop);
      if (!sent && !stop.requested()) {
        failure = {.reason = FailureReason::kMalformedReport, .detail = sent.error().what};
      }
      end_sent_ = sent.has_value();
    } else {
      static_cast<void>(co_await changed_.wait(&stop));
    }
  }
  ring_ = nullptr;
  close();
  co_return failure;
}

void LiveFeed::close() noexcept {
  closed_ = true;
  changed_.notify_all();
}

void LiveFeed::seek(const SeekRequest&) noexcept {
  seek_seen_ = true;
  changed_.notify_all();
}

uint64_t LiveFeed::progress() noexcept {
  return ring_ == nullptr ? sent_size_ : sent_size_ - ring_->unread_size().value_or(0);
}

bool LiveFeed::keeps_worker_waiting() noexcept {
  return !end_sent_ && ring_ != nullptr && ring_->unread_size().value_or(1) == 0;
}

}  // namespace millrace::media::worker
