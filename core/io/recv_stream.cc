#include "core/io/recv_stream.h"

#include <cerrno>
#include <utility>

namespace millrace::core::io {

RecvStream::Receive::Receive(RecvStream& owner_of) noexcept
    : Op([](Op* op, int32_t result, uint32_t flags) noexcept {
        static_cast<Receive*>(op)->owner.received(result, flags);
      }),
      owner(owner_of) {}

RecvStream::Starved::Starved(RecvStream& owner_of) noexcept
    : BufferWaiter([](BufferWaiter* waiter) noexcept {
        RecvStream& stream = static_cast<Starved*>(waiter)->owner;
        if (!stream.armed_ && !stream.ended_) stream.arm();
      }),
      owner(owner_of) {}

RecvStream::RecvStream(Core& core, int fd) noexcept
    : core_(core), fd_(fd), receive_(*this), starved_(*this) {}

void RecvStream::arm() noexcept {
  io_uring_sqe* sqe = core_.ring().next_sqe();
  if (std::exchange(is_first_, false)) {
    io_uring_prep_recv(sqe, fd_, nullptr, 0, 0);
  } else {
    io_uring_prep_recv_multishot(sqe, fd_, nullptr, 0, 0);
  }
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = RecvBuffers::kGroup;
  Ring::address(sqe, &receive_);
  armed_ = true;
  pausing_ = false;
}

void RecvStream::pause() noexcept {
  if (!armed_ || pausing_) return;
  pausing_ = true;
  core_.ring().cancel(&receive_);
}

void RecvStream::received(int32_t result, uint32_t flags) noexcept {
  if ((flags & IORING_CQE_F_MORE) == 0) armed_ = false;
  RecvBuffers& buffers = core_.recv_buffers();
  if ((flags & IORING_CQE_F_BUFFER) != 0) {
    RecvChunk chunk = buffers.chunk(flags, result > 0 ? static_cast<size_t>(result) : 0);
    if (result > 0) {
      if (buffers.are_scarce()) chunk.move_to_heap();
      queue_.push_back(std::move(chunk));
    }
  } else if (result != -ENOBUFS) {
    buffers.pass_on();
  }
  if (result == -ENOBUFS && !ended_) return starve();
  if (result == 0) {
    ended_ = true;
  } else if (result < 0 && result != -ECANCELED && !ended_) {
    ended_ = true;
    error_ = -result;
  }
  if (queue_.size() >= kQueuedMax) pause();
  tell_end();
  tell_reader();
  changed_.notify_all();
}

void RecvStream::starve() noexcept {
  RecvBuffers& buffers = core_.recv_buffers();
  buffers.offer_more();
  if (buffers.are_all_in_use()) {
    buffers.wait(starved_);  // Whoever returns a buffer arms it again.
  } else {
    arm();
  }
}

void RecvStream::tell_reader() noexcept {
  if (reader_ == nullptr) return;
  if (is_readable()) {
    core_.schedule(*std::exchange(reader_, nullptr));
  } else {
    listen();
  }
}

void RecvStream::when_readable(Runnable* reader) noexcept {
  reader_ = reader;
  if (reader != nullptr && queue_.empty())
    queue_.shrink_to_fit();  // Who waits like this may wait long.
  tell_reader();
}

void RecvStream::tell_end() noexcept {
  if (gone_ != nullptr && ended_ && queue_.empty()) gone_->request(ErrorCode::kClosed);
}

void RecvStream::watch_end(Cancellation* gone) noexcept {
  gone_ = gone;
  tell_end();
}

std::optional<RecvChunk> RecvStream::try_next() noexcept {
  if (queue_.empty()) return std::nullopt;
  RecvChunk chunk = std::move(queue_.front());
  queue_.erase(queue_.begin());
  return chunk;
}

Task<Result<RecvChunk>> RecvStream::next(Cancellation* cancellation) {
  // Also when there is more: a peer that never stops sending would else never be stopped.
  if (cancellation != nullptr && cancellation->requested()) co_return cancellation->error();
  while (queue_.empty()) {
    if (ended_ && error_ != 0) co_return os_failure(error_, "recv");
    if (ended_) co_return RecvChunk();
    listen();
    const Result<> woken = co_await changed_.wait(cancellation);
    if (!woken) co_return std::unexpected(woken.error());
  }
  co_return std::move(*try_next());
}

Task<void> RecvStream::stop() {
  starved_.unlink();
  reader_ = nullptr;
  ended_ = true;
  queue_.clear();
  while (armed_) {
    pause();
    static_cast<void>(co_await changed_.wait());
  }
  queue_.clear();
}

}  // namespace millrace::core::io
