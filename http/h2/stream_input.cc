#include "http/h2/stream_input.h"

#include <algorithm>
#include <utility>

namespace millrace::http::h2 {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

StreamInput::StreamInput(core::Core& core, Windows& windows, int32_t stream_id,
                         const Limits& limits, core::Cancellation& gone) noexcept
    : core_(core),
      windows_(windows),
      gone_(gone),
      allowance_(limits.stall_timeout, limits.given_bytes_min),
      stream_id_(stream_id) {}

Result<> StreamInput::reserve(size_t capacity) {
  if (buffer_.size() >= capacity) return {};
  // One half of the budget is for what leaves: without window updates nothing more would come, and
  // without answers nothing would ever be given back.
  auto larger = core_.buffers().take(capacity, core_.buffers().budget() / 2);
  if (!larger) return std::unexpected(larger.error());
  for (size_t i = 0; i < size_; ++i) {
    larger->bytes()[i] = buffer_.bytes()[(head_ + i) % buffer_.size()];
  }
  buffer_ = std::move(*larger);
  head_ = 0;
  return {};
}

bool StreamInput::push(std::span<const std::byte> data) {
  if (!reserve(kFirstWindow) || data.size() > buffer_.size() - size_) return false;
  const size_t at = (head_ + size_) % buffer_.size();
  const size_t before_wrap = std::min(data.size(), buffer_.size() - at);
  std::ranges::copy(data.first(before_wrap), buffer_.bytes().subspan(at).begin());
  std::ranges::copy(data.subspan(before_wrap), buffer_.bytes().begin());
  size_ += data.size();
  arrived_.notify_all();
  return true;
}

void StreamInput::finish() noexcept {
  finished_ = true;
  arrived_.notify_all();
}

size_t StreamInput::discard() noexcept {
  discarded_ = true;
  if (handed_out_ == 0) buffer_.release();  // Else a route may still be writing it somewhere.
  arrived_.notify_all();
  return std::exchange(size_, 0);
}

void StreamInput::close() noexcept {
  handed_out_ = 0;
  buffer_.release();
}

Task<Result<std::span<const std::byte>>> StreamInput::next() {
  if (discarded_) co_return fail(ErrorCode::kClosed, "the request was cancelled");
  if (handed_out_ > 0) {
    head_ = (head_ + handed_out_) % buffer_.size();
    size_ -= handed_out_;
    windows_.consumed(stream_id_, std::exchange(handed_out_, 0));
  }
  if (size_ == 0 && !finished_) {
    if (const Result<> ready = co_await wait_for_bytes(); !ready) {
      co_return std::unexpected(ready.error());
    }
  }
  if (size_ == 0) co_return std::span<const std::byte>();
  handed_out_ = std::min(size_, buffer_.size() - head_);
  co_return buffer_.bytes().subspan(head_, handed_out_);
}

Task<Result<>> StreamInput::wait_for_bytes() {
  if (std::exchange(owes_continue_, false)) windows_.invite_body(stream_id_);
  // Without memory for more it goes on with the first window.
  if (!std::exchange(widened_, true) && reserve(kWindow)) windows_.widen(stream_id_, kWindow);
  core::Cancellation stop;
  core::CancelLink link(gone_, stop);
  Deadline deadline(core_, stop, allowance_.left());
  const core::MonotonicTime start = core_.now();
  while (size_ == 0 && !finished_) {
    if (discarded_) co_return fail(ErrorCode::kClosed, "closed within a request body");
    const Result<> woken = co_await arrived_.wait(&stop);
    if (!woken) co_return woken;
  }
  allowance_.spend(core_.now() - start);
  allowance_.earn(size_);
  co_return Result<>();
}

}  // namespace millrace::http::h2
