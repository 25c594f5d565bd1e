// What both reactors must do alike.
#include "core/ring.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <numeric>

#include "core/io/listener.h"
#include "core/unique_fd.h"
#include "tests/core/each_ring.h"

namespace millrace::core::test {
namespace {

struct Sockets {
  explicit Sockets(int type = SOCK_STREAM) {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
    near.reset(pair[0]);
    far.reset(pair[1]);
  }
  void say(std::string_view text) const {
    EXPECT_EQ(::send(far.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT),
              static_cast<ssize_t>(text.size()));
  }
  /// Reads what is there. Yields how much it was.
  size_t drain() const {
    std::vector<char> bytes(1 << 20);
    size_t size = 0;
    for (;;) {
      const ssize_t got = ::recv(far.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got <= 0) return size;
      size += static_cast<size_t>(got);
    }
  }
  UniqueFd near, far;
};

INSTANTIATE_TEST_SUITE_P(Reactors, EachRing, kBothReactors, reactor_name);

TEST_P(EachRing, GivesWhatWasSentBeforeTheEndAndThenTheEnd) {
  const Sockets sockets;
  Recorder op;
  start_receiving(op, sockets.near.get());
  settle();
  EXPECT_TRUE(op.completed.empty());
  sockets.say("last words");
  ::shutdown(sockets.far.get(), SHUT_WR);
  turn_until([&] { return op.ended(); });
  EXPECT_EQ(op.last(), 0);
  EXPECT_EQ(text_of(op), "last words");
}

TEST_P(EachRing, SeesAnEndThatCameWhileNobodyReceived) {
  const Sockets sockets;
  Recorder first;
  Recorder poll;
  start_polling(poll, sockets.near.get(), POLLPRI);  // Keeps the descriptor in use.
  start_receiving(first, sockets.near.get());
  settle();
  ring_->cancel(&first);
  turn_until([&] { return first.ended(); });
  sockets.say("x");
  ::shutdown(sockets.far.get(), SHUT_WR);
  settle();
  Recorder second;
  start_receiving(second, sockets.near.get());
  turn_until([&] { return second.ended(); });
  EXPECT_EQ(text_of(second), "x");
  EXPECT_EQ(second.last(), 0);
  ring_->cancel(&poll);
  turn_until([&] { return poll.ended(); });
}

TEST_P(EachRing, ReceivesMoreThanATurnGives) {
  const Sockets sockets;
  std::string sent(kBufferSize * (kBufferCount - 1), '\0');
  std::iota(sent.begin(), sent.end(), '\0');
  sockets.say(sent);
  Recorder op;
  start_receiving(op, sockets.near.get());
  turn_until([&] { return op.completed.size() == kBufferCount - 1; });
  EXPECT_EQ(text_of(op), sent);
  EXPECT_FALSE(op.ended());
  ring_->cancel(&op);
  turn_until([&] { return op.ended(); });
}

TEST_P(EachRing, EndsAReceiveThatFindsNoBuffer) {
  const Sockets sockets;
  sockets.say(std::string(kBufferSize * kBufferCount + 1, 'x'));
  Recorder op;
  start_receiving(op, sockets.near.get());
  turn_until([&] { return op.ended(); });
  EXPECT_EQ(op.last(), -ENOBUFS);
  EXPECT_EQ(text_of(op).size(), kBufferSize * kBufferCount);
  Recorder again;
  start_receiving(again, sockets.near.get());
  turn_until([&] { return again.ended(); });
  EXPECT_EQ(again.last(), -ENOBUFS);
  chunks_.clear();
  Recorder rest;
  start_receiving(rest, sockets.near.get());
  turn_until([&] { return !rest.completed.empty(); });
  EXPECT_EQ(text_of(rest), "x");
  ring_->cancel(&rest);
  turn_until([&] { return rest.ended(); });
}

TEST_P(EachRing, EndsWhatIsCancelledOnce) {
  const Sockets sockets;
  Recorder receive;
  Recorder poll;
  start_receiving(receive, sockets.near.get());
  start_polling(poll, sockets.near.get(), POLLIN);
  settle();
  ring_->cancel(&receive);
  ring_->cancel(&receive);
  ring_->cancel(&poll);
  turn_until([&] { return receive.ended() && poll.ended(); });
  sockets.say("too late");
  settle();
  ASSERT_EQ(receive.completed.size(), 1U);
  ASSERT_EQ(poll.completed.size(), 1U);
  EXPECT_EQ(receive.last(), -ECANCELED);
  EXPECT_EQ(poll.last(), -ECANCELED);
}

TEST_P(EachRing, CancelsWhatHasNotBegun) {
  const Sockets sockets;
  Recorder op;
  start_polling(op, sockets.near.get(), POLLIN);
  ring_->cancel(&op);
  turn_until([&] { return op.ended(); });
  EXPECT_EQ(op.last(), -ECANCELED);
}

TEST_P(EachRing, ForgetsACancelThatComesTooLate) {
  const Sockets sockets;
  auto op = std::make_unique<Recorder>();
  start_polling(*op, sockets.near.get(), POLLOUT);
  ring_->wait(0ns);
  ring_->cancel(op.get());
  turn_until([&] { return op->ended(); });
  EXPECT_EQ(op->completed.size(), 1U);
  EXPECT_EQ(op->last(), POLLOUT);
  op.reset();
  settle();
}

TEST_P(EachRing, SendsAllOfItAsThePeerTakesIt) {
  const Sockets sockets;
  const std::string bytes(4 << 20, 'x');
  Recorder op;
  start(op, [&](io_uring_sqe* sqe) {
    io_uring_prep_send(sqe, sockets.near.get(), bytes.data(), bytes.size(), MSG_WAITALL);
  });
  settle();
  EXPECT_TRUE(op.completed.empty());
  size_t taken = 0;
  turn_until([&] {
    taken += sockets.drain();
    return op.ended() && taken == bytes.size();
  });
  EXPECT_EQ(op.completed.size(), 1U);
  EXPECT_EQ(op.last(), static_cast<int32_t>(bytes.size()));
}

TEST_P(EachRing, SendsPartsInOrderHoweverManyThereAre) {
  const Sockets sockets;
  std::string bytes(200 * 5000, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  std::vector<iovec> parts;
  for (size_t i = 0; i < 200; ++i) {
    parts.push_back({.iov_base = bytes.data() + i * 5000, .iov_len = 5000});
    parts.push_back({.iov_base = nullptr, .iov_len = 0});
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  Recorder op;
  start(op, [&](io_uring_sqe* sqe) {
    io_uring_prep_sendmsg(sqe, sockets.near.get(), &message, MSG_WAITALL | MSG_NOSIGNAL);
  });
  std::string taken;
  turn_until([&] {
    char some[3000];
    ssize_t got = 0;
    while ((got = ::recv(sockets.far.get(), some, sizeof some, MSG_DONTWAIT)) > 0) {
      taken.append(some, static_cast<size_t>(got));
    }
    return op.ended() && taken.size() == bytes.size();
  });
  EXPECT_EQ(op.last(), static_cast<int32_t>(bytes.size()));
  EXPECT_EQ(taken, bytes);
}

TEST_P(EachRing, CountsWhatWasSentBeforeACancel) {
  const Sockets sockets;
  const std::string bytes(4 << 20, 'x');
  Recorder op;
  start(op, [&](io_uring_sqe* sqe) {
    io_uring_prep_send(sqe, sockets.near.get(), bytes.data(), bytes.size(), MSG_WAITALL);
  });
  settle();
  ring_->cancel(&op);
  turn_until([&] { return op.ended(); });
  EXPECT_GT(op.last(), 0);
  EXPECT_EQ(static_cast<size_t>(op.last()), sockets.drain());
}

TEST_P(EachRing, FailsASendToAPeerThatIsGone) {
  Sockets sockets;
  sockets.far.reset();
  EXPECT_EQ(result_of([&](io_uring_sqe* sqe) {
              io_uring_prep_send(sqe, sockets.near.get(), "x", 1, MSG_NOSIGNAL);
            }),
            -EPIPE);
}

TEST_P(EachRing, PollsWhatIsReadyAlreadyAndWhatBecomesReady) {
  const UniqueFd bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  for (int i = 0; i < 3; ++i) {
    Recorder op;
    start_polling(op, bell.get(), POLLIN);
    settle();
    EXPECT_TRUE(op.completed.empty());
    const uint64_t one = 1;
    ASSERT_EQ(::write(bell.get(), &one, sizeof one), 8);
    turn_until([&] { return op.ended(); });
    EXPECT_EQ(op.last(), POLLIN);
    EXPECT_EQ(result_of([&](io_uring_sqe* sqe) {
                io_uring_prep_poll_add(sqe, bell.get(), POLLIN | POLLOUT);
              }),
              POLLIN | POLLOUT);
    uint64_t count = 0;
    ASSERT_EQ(::read(bell.get(), &count, sizeof count), 8);
  }
}

TEST_P(EachRing, PollsForRoomWhileItReceives) {
  const Sockets sockets;
  Recorder receive;
  start_receiving(receive, sockets.near.get());
  settle();
  const std::string bytes(1 << 16, 'x');
  for (int i = 0; i < 3; ++i) {
    while (::send(sockets.near.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
    }
    Recorder poll;
    start_polling(poll, sockets.near.get(), POLLOUT);
    settle();
    EXPECT_TRUE(poll.completed.empty());
    sockets.drain();
    turn_until([&] { return poll.ended(); });
    EXPECT_EQ(poll.last(), POLLOUT);
    sockets.say("ping");
    turn_until([&] { return receive.completed.size() == static_cast<size_t>(i) + 1; });
  }
  EXPECT_EQ(text_of(receive), "pingpingping");
  ring_->cancel(&receive);
  turn_until([&] { return receive.ended(); });
}

TEST_P(EachRing, PollsEveryRingOfABell) {
  const UniqueFd bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Recorder op;
  start(op, [&](io_uring_sqe* sqe) { io_uring_prep_poll_multishot(sqe, bell.get(), POLLIN); });
  for (size_t rings = 1; rings <= 3; ++rings) {
    const uint64_t one = 1;
    ASSERT_EQ(::write(bell.get(), &one, sizeof one), 8);
    turn_until([&] { return op.completed.size() >= rings; });
    EXPECT_TRUE(op.completed.back().has_more());
    uint64_t count = 0;
    ASSERT_EQ(::read(bell.get(), &count, sizeof count), 8);
    settle();
  }
  ring_->cancel(&op);
  turn_until([&] { return op.ended(); });
  EXPECT_EQ(op.last(), -ECANCELED);
}

// A number that is closed and given out again is another file: also when the old one lives on, as
// the descriptors that a worker inherits do.
TEST_P(EachRing, TakesADescriptorsNumberForNothingButANumber) {
  std::vector<UniqueFd> living_on;
  for (int i = 0; i < 6; ++i) {
    Sockets sockets;
    const int number = sockets.near.get();
    Recorder first;
    start_polling(first, number, POLLIN);
    settle();
    sockets.say("x");
    turn_until([&] { return first.ended(); });
    if (i % 2 == 0) living_on.emplace_back(::dup(number));
    sockets.near.reset();
    const Sockets other;
    ASSERT_EQ(other.near.get(), number);
    Recorder op;
    start_receiving(op, number);
    settle();
    if (i % 2 == 0) sockets.say("not for you");
    settle();
    EXPECT_TRUE(op.completed.empty());
    other.say("yours");
    turn_until([&] { return !op.completed.empty(); });
    EXPECT_EQ(text_of(op), "yours");
    chunks_.clear();
    ring_->cancel(&op);
    turn_until([&] { return op.ended(); });
  }
}

TEST_P(EachRing, AcceptsMoreThanATurnGivesUntilItIsCancelled) {
  constexpr size_t kClients = 150;
  const UniqueFd listening = std::move(*io::listen_tcp("127.0.0.1", 0));
  ::fcntl(listening.get(), F_SETFL, 0);  // Blocking, as one that another program made may be.
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  Recorder op;
  start(op, [&](io_uring_sqe* sqe) {
    io_uring_prep_multishot_accept(sqe, listening.get(), nullptr, nullptr,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
  });
  settle();
  std::vector<UniqueFd> clients;
  for (size_t i = 0; i < kClients; ++i) {
    clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(clients.back().get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  }
  turn_until([&] { return op.completed.size() == kClients; });
  ring_->cancel(&op);
  turn_until([&] { return op.ended(); });
  EXPECT_EQ(op.last(), -ECANCELED);
  for (size_t i = 0; i < kClients; ++i) {
    ASSERT_GE(op.completed[i].result, 0);
    const UniqueFd accepted(op.completed[i].result);
    EXPECT_NE(::fcntl(accepted.get(), F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST_P(EachRing, WaitsAsLongAsItIsToldWhenNothingHappens) {
  const auto end = std::chrono::steady_clock::now() + 20ms;
  int waits = 0;
  for (auto left = 20ms + 0ns; left > 0ns; left = end - std::chrono::steady_clock::now()) {
    ring_->wait(left);
    ++waits;
  }
  EXPECT_LE(waits, 10) << "a signal may end a wait early, but it must wait";
  EXPECT_LE(std::chrono::steady_clock::now() - end, 10s);
  EXPECT_EQ(ring_->reap(), 0U);
}

TEST(Ring, FallsBackToEpollWhereIoUringIsForbidden) {
  const Result<> probed = probe_ring();
  const Result<std::unique_ptr<Ring>> chosen = Ring::create(Reactor::kAuto);
  ASSERT_TRUE(chosen);
  EXPECT_EQ((*chosen)->reactor(), probed ? Reactor::kUring : Reactor::kEpoll);
  EXPECT_EQ(Ring::create(Reactor::kUring).has_value(), probed.has_value());
  if (std::getenv("MR_FORBID_IO_URING") == nullptr) {
    EXPECT_TRUE(probed) << explain_ring_failure(probed.error());
  } else {
    EXPECT_FALSE(probed);
  }
}

TEST(Ring, NamesTheCureWhenItIsForbidden) {
  const std::string text = explain_ring_failure(os_failure(EPERM, "io_uring_setup").error());
  EXPECT_TRUE(text.contains("seccomp") || text.contains("kernel.io_uring_disabled")) << text;
}

}  // namespace
}  // namespace millrace::core::test
