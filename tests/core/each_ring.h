// One test for both reactors.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/recv_buffers.h"
#include "core/ring.h"

namespace millrace::core::test {

using namespace std::chrono_literals;

struct Completed {
  int32_t result = 0;
  uint32_t flags = 0;
  bool has_more() const { return (flags & IORING_CQE_F_MORE) != 0; }
};

/// An operation that remembers how it completed.
struct Recorder final : Op {
  Recorder()
      : Op([](Op* op, int32_t result, uint32_t flags) noexcept {
          static_cast<Recorder*>(op)->completed.push_back({result, flags});
        }) {}
  bool ended() const { return !completed.empty() && !completed.back().has_more(); }
  int32_t last() const { return completed.empty() ? INT32_MIN : completed.back().result; }
  std::vector<Completed> completed;
};

class EachRing : public testing::TestWithParam<Reactor> {
 protected:
  static constexpr uint16_t kBufferCount = 16;
  static constexpr uint32_t kBufferSize = 64;

  void SetUp() override {
    if (GetParam() == Reactor::kUring && !probe_ring()) GTEST_SKIP() << "io_uring is forbidden";
    ring_ = std::move(*Ring::create(GetParam()));
    buffers_.emplace(
        *RecvBuffers::create(*ring_, {.count = kBufferCount, .buffer_size = kBufferSize}));
  }
  void TearDown() override {
    chunks_.clear();
    buffers_.reset();
  }

  void turn(std::chrono::nanoseconds timeout = 0ns) {
    ring_->wait(timeout);
    ring_->reap();
  }
  template <class F>
  void turn_until(F done) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
      turn(10ms);
      ASSERT_LT(std::chrono::steady_clock::now(), limit);
    }
  }
  void settle() {
    for (int i = 0; i < 20; ++i) turn();
  }
  template <class Prepare>
  void start(Recorder& op, Prepare prepare) {
    io_uring_sqe* sqe = ring_->next_sqe();
    prepare(sqe);
    Ring::address(sqe, &op);
  }
  void start_receiving(Recorder& op, int fd) {
    start(op, [fd](io_uring_sqe* sqe) {
      io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
      sqe->flags |= IOSQE_BUFFER_SELECT;
      sqe->buf_group = RecvBuffers::kGroup;
    });
  }
  void start_polling(Recorder& op, int fd, unsigned events) {
    start(op, [&](io_uring_sqe* sqe) { io_uring_prep_poll_add(sqe, fd, events); });
  }
  /// The bytes of every completion so far; their buffers stay taken until `chunks_` is cleared.
  std::string text_of(const Recorder& op) {
    std::string text;
    for (const Completed& one : op.completed) {
      if ((one.flags & IORING_CQE_F_BUFFER) == 0) continue;
      chunks_.push_back(buffers_->chunk(one.flags, static_cast<size_t>(one.result)));
      const auto bytes = chunks_.back().bytes();
      text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return text;
  }
  int32_t result_of(auto prepare) {
    Recorder op;
    start(op, prepare);
    turn_until([&] { return op.ended(); });
    return op.last();
  }

  std::unique_ptr<Ring> ring_;
  std::optional<RecvBuffers> buffers_;
  std::vector<RecvChunk> chunks_;
};

inline const auto kBothReactors = testing::Values(Reactor::kUring, Reactor::kEpoll);

inline std::string reactor_name(const testing::TestParamInfo<Reactor>& each) {
  return each.param == Reactor::kUring ? "Uring" : "Epoll";
}

}  // namespace millrace::core::test
