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
#include "core/recv_buffers.h"
#include "core/unique_fd.h"

namespace millrace::core {
namespace {

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

INSTANTIATE_TEST_SUITE_P(Reactors, EachRing, testing::Values(Reactor::kUring, Reactor::kEpoll),
                         [](const auto& each) {
                           return each.param == Reactor::kUring ? "Uring" : "Epoll";
                         });

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

TEST_P(EachRing, DoesLinkedFileOperationsInOrderAlsoAfterAFailure) {
  const std::string path = testing::TempDir() + "ring_test_linked";
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  ::unlink(path.c_str());
  const std::string bytes(100'000, 'x');
  std::string back(bytes.size(), '\0');
  Recorder fail, write, read;
  start(fail, [&](io_uring_sqe* sqe) {
    io_uring_prep_fadvise(sqe, file.get(), 0, 1, 12345);
    sqe->flags |= IOSQE_IO_HARDLINK;
  });
  start(write, [&](io_uring_sqe* sqe) {
    io_uring_prep_write(sqe, file.get(), bytes.data(), static_cast<unsigned>(bytes.size()), 0);
    sqe->flags |= IOSQE_IO_HARDLINK;
  });
  start(read, [&](io_uring_sqe* sqe) {
    io_uring_prep_read(sqe, file.get(), back.data(), static_cast<unsigned>(back.size()), 0);
  });
  turn_until([&] { return fail.ended() && write.ended() && read.ended(); });
  EXPECT_EQ(fail.last(), -EINVAL);
  EXPECT_EQ(write.last(), static_cast<int32_t>(bytes.size()));
  EXPECT_EQ(read.last(), static_cast<int32_t>(bytes.size()));
  EXPECT_EQ(back, bytes);
}

TEST_P(EachRing, TakesMoreOperationsThanItsQueueHolds) {
  const std::string path = testing::TempDir() + "ring_test_many";
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  ::unlink(path.c_str());
  constexpr size_t kCount = 3000;
  std::vector<Recorder> ops(kCount);
  for (size_t i = 0; i < kCount; ++i) {
    start(ops[i],
          [&](io_uring_sqe* sqe) { io_uring_prep_write(sqe, file.get(), "abcd", 4, i * 4); });
  }
  turn_until(
      [&] { return std::ranges::all_of(ops, [](const Recorder& op) { return op.ended(); }); });
  EXPECT_TRUE(std::ranges::all_of(ops, [](const Recorder& op) { return op.last() == 4; }));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_END), off_t{kCount} * 4);
}

TEST_P(EachRing, WorksOnFilesByName) {
  std::string folder = testing::TempDir() + "ring_test_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string below = folder + "/below";
  const std::string from = below + "/from";
  const std::string to = below + "/to";
  const auto make = [&](io_uring_sqe* sqe) {
    io_uring_prep_mkdirat(sqe, AT_FDCWD, below.c_str(), 0700);
  };
  EXPECT_EQ(result_of(make), 0);
  EXPECT_EQ(result_of(make), -EEXIST);
  const UniqueFd file(result_of([&](io_uring_sqe* sqe) {
    io_uring_prep_openat(sqe, AT_FDCWD, from.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  }));
  ASSERT_TRUE(file);
  EXPECT_EQ(
      result_of([&](io_uring_sqe* sqe) { io_uring_prep_fallocate(sqe, file.get(), 0, 0, 12345); }),
      0);
  EXPECT_EQ(result_of([&](io_uring_sqe* sqe) { io_uring_prep_fsync(sqe, file.get(), 0); }), 0);
  EXPECT_EQ(result_of([&](io_uring_sqe* sqe) {
              io_uring_prep_renameat(sqe, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0);
            }),
            0);
  struct statx answer{};
  const auto ask_for = [&](const std::string& path) {
    return result_of([&](io_uring_sqe* sqe) {
      io_uring_prep_statx(sqe, AT_FDCWD, path.c_str(), 0, STATX_SIZE, &answer);
    });
  };
  EXPECT_EQ(ask_for(from), -ENOENT);
  EXPECT_EQ(ask_for(to), 0);
  EXPECT_EQ(answer.stx_size, 12345U);
  for (const auto& [path, flags] :
       {std::pair(to, 0), std::pair(below, AT_REMOVEDIR), std::pair(folder, AT_REMOVEDIR)}) {
    EXPECT_EQ(result_of([&](io_uring_sqe* sqe) {
                io_uring_prep_unlinkat(sqe, AT_FDCWD, path.c_str(), flags);
              }),
              0);
  }
}

TEST_P(EachRing, ReadsFewerBytesAtTheEndOfAFileAndNonePastIt) {
  const std::string path = testing::TempDir() + "ring_test_end";
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  ::unlink(path.c_str());
  ASSERT_EQ(::write(file.get(), "twelve bytes", 12), 12);
  char bytes[8];
  const auto read_at = [&](uint64_t offset) {
    return result_of([&](io_uring_sqe* sqe) {
      io_uring_prep_read(sqe, file.get(), bytes, sizeof bytes, offset);
    });
  };
  EXPECT_EQ(read_at(0), 8);
  EXPECT_EQ(read_at(8), 4);
  EXPECT_EQ(read_at(12), 0);
}

TEST_P(EachRing, WaitsAsLongAsItIsToldWhenNothingHappens) {
  const auto start = std::chrono::steady_clock::now();
  ring_->wait(20ms);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 15ms);
  EXPECT_EQ(ring_->reap(), 0U);
}

TEST(EpollRing, DoesNotBeginAFileOperationThatWasCancelledInTheQueue) {
  const std::unique_ptr<Ring> ring = std::move(*Ring::create(Reactor::kEpoll));
  const std::string path = testing::TempDir() + "ring_test_fifo";
  ::unlink(path.c_str());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  // Opening a FIFO lasts until somebody opens the other end: every thread is busy.
  std::vector<Recorder> openings(5);
  for (Recorder& op : openings) {
    io_uring_sqe* sqe = ring->next_sqe();
    io_uring_prep_openat(sqe, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC, 0);
    Ring::address(sqe, &op);
  }
  ring->wait(0ns);
  ring->cancel(&openings.back());
  const UniqueFd writer(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  for (int i = 0;
       i < 2000 && std::ranges::any_of(openings, [](auto& op) { return !op.ended(); }); ++i) {
    ring->wait(10ms);
    ring->reap();
  }
  ::unlink(path.c_str());
  EXPECT_EQ(openings.back().last(), -ECANCELED);
  for (size_t i = 0; i + 1 < openings.size(); ++i) {
    EXPECT_GE(openings[i].last(), 0);
    const UniqueFd close(openings[i].last());
  }
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
}  // namespace millrace::core
