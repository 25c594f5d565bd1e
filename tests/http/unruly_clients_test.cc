// Clients that do everything wrong at random moments, while one that behaves is served as if it
// were alone. The seed is printed; MILLRACE_SEED repeats a run.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdlib>
#include <deque>
#include <random>

#include "core/event.h"
#include "tests/http/loopback.h"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::Reply;

struct Place {
  std::string content = std::string(700'000, 'c');
  std::shared_ptr<const OpenFile> file;
  core::Event news;

  Place() {
    core::UniqueFd fd(::memfd_create("place", MFD_CLOEXEC));
    EXPECT_EQ(::write(fd.get(), content.data(), content.size()), ssize_t(content.size()));
    file = std::make_shared<const OpenFile>(std::move(fd), content.size());
  }
  RouteResult get_file(Request&) const {
    return Response::ok("video/mp4", FileSlices{.head = {}, .slices = {{file, 0, content.size()}}});
  }
  core::Task<RouteResult> get_news(Request& request) {
    const core::Result<> woken = co_await news.wait(&request.cancellation());
    if (!woken) co_return std::unexpected(woken.error());
    co_return Response::no_content();
  }
  core::Task<RouteResult> put_sum(Request& request) {
    uint64_t size = 0;
    for (;;) {
      const auto bytes = co_await request.read_body();
      if (!bytes) co_return std::unexpected(bytes.error());
      if (bytes->empty()) co_return Response::ok("text/plain", std::to_string(size));
      size += bytes->size();
    }
  }
};

class UnrulyClients : public test::LoopbackTest {
 protected:
  UnrulyClients() {
    const char* given = std::getenv("MILLRACE_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    random_.seed(seed_);
    router_.add(Method::kGet, "/file", endpoint<&Place::get_file>(place_));
    router_.add(Method::kGet, "/news", endpoint<&Place::get_news>(place_));
    router_.add(Method::kPut, "/sum", endpoint<&Place::put_sum>(place_));
    start();
  }

  size_t draw(size_t below) { return random_() % below; }

  std::string some_request() {
    static const std::vector<std::string> kRequests = {
        "GET /file HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /file HTTP/1.1\r\nHost: x\r\nRange: bytes=5-600000\r\n\r\n",
        "HEAD /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /news HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'b'),
        "PUT /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n" + std::string(9000, 'b'),
        "PUT /sum HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "PUT /none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "\r\n\r\n\x16\x03\x01 garbage",
    };
    std::string request = kRequests[draw(kRequests.size())];
    if (draw(4) == 0) request.resize(draw(request.size() + 1));
    if (draw(8) == 0 && !request.empty()) request[draw(request.size())] ^= char(1 << draw(7));
    return request;
  }

  void misbehave(Client& client) {
    switch (draw(8)) {
      case 0: {
        const linger at_once{.l_onoff = 1, .l_linger = 0};  // close() resets the connection
        ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        client.close();
        return;
      }
      case 1:
        return client.close();
      case 2:
        return client.finish_sending();
      case 3:
      case 4: {
        std::vector<char> some(1 + draw(200'000));
        ::recv(client.fd(), some.data(), some.size(), MSG_DONTWAIT);
        return;
      }
      default: {
        const std::string request = some_request();
        ::send(client.fd(), request.data(), request.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      }
    }
  }

  uint64_t seed_ = 0;
  std::mt19937_64 random_;
  Place place_;
};

TEST_F(UnrulyClients, DisturbNobodyElseAndLeaveNothingBehind) {
  SCOPED_TRACE("MILLRACE_SEED=" + std::to_string(seed_));
  std::deque<Client> unruly;
  Client good = connect();
  for (int step = 0; step < 3000; ++step) {
    if (unruly.size() < 40) unruly.push_back(connect());
    const size_t chosen = draw(unruly.size());
    misbehave(unruly[chosen]);
    if (unruly[chosen].fd() < 0) {
      std::swap(unruly[chosen], unruly.back());
      unruly.pop_back();
    }
    core_->turn(core::Core::Idle::kReturn);
    if (draw(50) == 0) place_.news.notify_all();
    if (draw(20) == 0) clock_.advance(std::chrono::milliseconds(draw(900)));
    if (step % 100 == 0) {
      const Reply reply = good.get("/file", "Range: bytes=1-600001\r\n");
      ASSERT_EQ(reply.status, 206);
      ASSERT_EQ(reply.body.size(), 600'001U);
    }
  }
  unruly.clear();
  place_.news.set();
  pump_.until([&] { return server_->connection_count() == 1; });
  EXPECT_EQ(good.get("/file").body.size(), place_.content.size());
  EXPECT_EQ(metrics_.value(counts_.connections), 1);
}

}  // namespace
}  // namespace millrace::http
