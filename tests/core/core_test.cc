#include "core/core.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "core/event.h"
#include "core/io/files.h"
#include "core/io/listener.h"
#include "core/io/open_at.h"
#include "core/io/poll.h"
#include "core/io/read.h"
#include "core/io/recv.h"
#include "core/io/recv_stream.h"
#include "core/io/send.h"
#include "core/io/sleep.h"

namespace millrace::core {
namespace {

using namespace std::chrono_literals;

struct SocketPair {
  SocketPair() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    near.reset(pair[0]);
    far.reset(pair[1]);
  }
  UniqueFd near, far;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

class CoreTest : public testing::Test {
 protected:
  CoreTest() : core_(std::move(*Core::create({}, clock_))) {}
  SimulatedClock clock_;
  std::unique_ptr<Core> core_;
};

Task<int> square(int x) { co_return x* x; }
Task<int> sum_of_squares(int n) {
  int sum = 0;
  for (int i = 1; i <= n; ++i) sum += co_await square(i);
  co_return sum;
}

TEST_F(CoreTest, AwaitsAMillionTasksWithoutGrowingTheStack) {
  EXPECT_EQ(core_->block_on(sum_of_squares(3)), 14);
  const auto many = []() -> Task<long> {
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await square(1);
    co_return sum;
  };
  EXPECT_EQ(core_->block_on(many()), 1'000'000);
}

Task<Result<size_t>> recv_some(Core& core, int fd, Cancellation* cancellation) {
  std::array<std::byte, 16> buffer{};
  co_return co_await io::Recv(core.ring(), fd, buffer, cancellation);
}

TEST_F(CoreTest, ReceivesWhatTheOtherEndSends) {
  SocketPair sockets;
  const auto sent = core_->block_on([](Core& core, int fd) -> Task<Result<size_t>> {
    co_return co_await io::Send(core.ring(), fd, bytes_of("hello"));
  }(*core_, sockets.far.get()));
  EXPECT_EQ(sent, 5U);
  EXPECT_EQ(core_->block_on(recv_some(*core_, sockets.near.get(), nullptr)), 5U);
}

TEST_F(CoreTest, EndsAWaitThatIsCancelledWithTheReason) {
  SocketPair sockets;
  Cancellation cancellation;
  std::optional<Result<size_t>> got;
  core_->spawn(
      [](Core& core, int fd, Cancellation& c, std::optional<Result<size_t>>& out) -> Task<void> {
        out = co_await recv_some(core, fd, &c);
      }(*core_, sockets.near.get(), cancellation, got));
  core_->turn(Core::Idle::kReturn);
  EXPECT_FALSE(got.has_value());
  cancellation.request(ErrorCode::kTimeout);
  while (!got) core_->turn(Core::Idle::kWait);
  ASSERT_FALSE(got->has_value());
  EXPECT_EQ(got->error().code, ErrorCode::kTimeout);
  EXPECT_EQ(core_->block_on(recv_some(*core_, sockets.near.get(), &cancellation)).error().code,
            ErrorCode::kTimeout)
      << "an operation that starts after the request must fail at once";
}

TEST_F(CoreTest, SleepsInSimulatedTime) {
  std::optional<Result<>> woke;
  core_->spawn([](Core& core, std::optional<Result<>>& out) -> Task<void> {
    out = co_await io::Sleep(core, 1h);
  }(*core_, woke));
  core_->turn(Core::Idle::kReturn);
  clock_.advance(59min);
  core_->turn(Core::Idle::kReturn);
  EXPECT_FALSE(woke.has_value());
  clock_.advance(1min + Timers::kTick);
  core_->turn(Core::Idle::kReturn);
  core_->turn(Core::Idle::kReturn);
  ASSERT_TRUE(woke.has_value());
  EXPECT_TRUE(woke->has_value());
}

TEST_F(CoreTest, WakesEveryWaiterOfAnEventOnce) {
  Event event;
  int woken = 0;
  for (int i = 0; i < 3; ++i) {
    core_->spawn([](Event& e, int& count) -> Task<void> {
      if (co_await e.wait()) ++count;
    }(event, woken));
  }
  core_->turn(Core::Idle::kReturn);
  event.notify_all();
  core_->turn(Core::Idle::kReturn);
  EXPECT_EQ(woken, 3);
  EXPECT_EQ(core_->tasks(), 0U);
}

class RecvStreamTest : public CoreTest {
 protected:
  ~RecvStreamTest() override { core_->block_on(stream_.stop()); }
  std::string next() {
    Result<RecvChunk> chunk = core_->block_on(stream_.next());
    if (!chunk) return "error";
    return {reinterpret_cast<const char*>(chunk->bytes().data()), chunk->bytes().size()};
  }
  SocketPair sockets_;
  io::RecvStream stream_{*core_, sockets_.near.get()};
};

TEST_F(RecvStreamTest, GivesBytesInOrderAndThenTheEnd) {
  ASSERT_EQ(::send(sockets_.far.get(), "one", 3, 0), 3);
  EXPECT_EQ(next(), "one");
  ASSERT_EQ(::send(sockets_.far.get(), "two", 3, 0), 3);
  EXPECT_EQ(next(), "two");
  sockets_.far.reset();
  EXPECT_EQ(next(), "");
  EXPECT_EQ(core_->recv_buffers().in_use(), 0);
}

TEST_F(RecvStreamTest, HoldsNoBufferWhileNothingArrives) {
  core_->spawn([](io::RecvStream& stream) -> Task<void> {
    static_cast<void>(co_await stream.next());
  }(stream_));
  for (int i = 0; i < 3; ++i) core_->turn(Core::Idle::kReturn);
  EXPECT_EQ(core_->recv_buffers().in_use(), 0);
  sockets_.far.reset();
  while (core_->tasks() != 0) core_->turn(Core::Idle::kWait);
}

TEST_F(RecvStreamTest, StopsReadingWhenNobodyTakesWhatArrived) {
  const std::string block(4096, 'x');
  size_t sent = 0;
  EXPECT_EQ(
      [&] {
        sent += static_cast<size_t>(::send(sockets_.far.get(), block.data(), 1, 0));
        return next();
      }(),
      "x");
  for (int i = 0; i < 200; ++i) {
    const ssize_t n = ::send(sockets_.far.get(), block.data(), block.size(), MSG_DONTWAIT);
    if (n > 0) sent += static_cast<size_t>(n);
    core_->turn(Core::Idle::kReturn);
  }
  EXPECT_LE(core_->recv_buffers().in_use(), 64) << "one socket may not empty the shared buffers";
  size_t got = 1;
  while (got < sent) got += next().size();
  EXPECT_EQ(got, sent);
}

TEST_F(RecvStreamTest, IsStoppedAlsoWhileThereIsMore) {
  ASSERT_EQ(::send(sockets_.far.get(), "one", 3, 0), 3);
  EXPECT_EQ(next(), "one");
  ASSERT_EQ(::send(sockets_.far.get(), "two", 3, 0), 3);
  for (int i = 0; i < 3; ++i) core_->turn(Core::Idle::kReturn);
  Cancellation stop;
  stop.request(ErrorCode::kTimeout);
  const Result<RecvChunk> stopped = core_->block_on(stream_.next(&stop));
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(next(), "two") << "nothing is lost";
}

TEST_F(CoreTest, AcceptsConnectionsUntilItIsStopped) {
  Result<UniqueFd> listening = io::listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(listening.has_value());
  const uint16_t port = *io::local_port(listening->get());
  EXPECT_NE(port, 0);
  std::vector<UniqueFd> accepted;
  io::Listener listener(*core_, std::move(*listening), &accepted,
                        [](void* self, UniqueFd socket) noexcept {
                          static_cast<std::vector<UniqueFd>*>(self)->push_back(std::move(socket));
                        });
  listener.start();
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  while (accepted.empty()) core_->turn(Core::Idle::kWait);
  EXPECT_EQ(accepted.size(), 1U);
  core_->block_on(listener.stop());
}

TEST_F(CoreTest, RefusesAnAddressThatIsNotNumeric) {
  EXPECT_EQ(io::listen_tcp("localhost", 0).error().code, ErrorCode::kInvalid);
}

TEST_F(CoreTest, WritesAFileAndReadsItBack) {
  const std::string path = testing::TempDir() + "core_test_file";
  const auto round_trip = [](Core& core, std::string name) -> Task<Result<std::string>> {
    Result<UniqueFd> file =
        co_await io::OpenAt(core.ring(), name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (!file) co_return std::unexpected(file.error());
    const Result<> written =
        co_await io::write_all(core.ring(), file->get(), bytes_of("on disk"), 3);
    if (!written) co_return std::unexpected(written.error());
    std::string back(7, '\0');
    const Result<> got = co_await io::read_exactly(core.ring(), file->get(),
                                                   std::as_writable_bytes(std::span(back)), 3);
    if (!got) co_return std::unexpected(got.error());
    co_return back;
  };
  EXPECT_EQ(core_->block_on(round_trip(*core_, path)), "on disk");
  ::unlink(path.c_str());
}

TEST_F(CoreTest, KeepsTheSumOfItsBuffersInTheBudget) {
  BufferPool pool(size_t{300} << 10);
  Result<PooledBuffer> first = pool.take(200 << 10);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->size(), size_t{256} << 10);
  EXPECT_EQ(pool.take(100 << 10).error().code, ErrorCode::kOverloaded);
  first->release();
  EXPECT_TRUE(pool.take(100 << 10).has_value());
  EXPECT_EQ(pool.in_use(), 0U);
  EXPECT_EQ(pool.take(BufferPool::kLargest + 1).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace millrace::core
