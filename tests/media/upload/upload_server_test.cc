// Uploads over real connections to a server of two cores.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "core/cores.h"
#include "core/io/sleep.h"
#include "core/metrics.h"
#include "core/unique_fd.h"
#include "http/server.h"
#include "tests/media/upload/test_bench.h"

namespace millrace::media::upload {
namespace {

using core::Core;
using core::Task;
using http::Method;

using namespace std::chrono_literals;

/// A client that waits: one connection of it at a time is tied to whichever core accepted it.
class Connection {
 public:
  explicit Connection(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  /// The head of the next response; these have no body that matters.
  std::string read_head() {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && ::recv(socket_.get(), &byte, 1, 0) == 1) head += byte;
    return head;
  }
  std::string ask(const std::string& request_line, std::string_view fields,
                  std::string_view body = {}) {
    send(request_line + " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n" + std::string(fields) +
         "\r\n" + std::string(body));
    return read_head();
  }

 private:
  core::UniqueFd socket_;
};

std::string field(const std::string& head, const std::string& name) {
  const size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

class UploadServer : public testing::Test {
 protected:
  UploadServer() {
    EXPECT_TRUE(store_.prepare());
    auto cores = core::Cores::start({.cpus = {0, 0}, .pin = false}, clock_,
                                    [this](core::Cores&, Core& core) { return serve(core); });
    EXPECT_TRUE(cores);
    cores_ = std::move(*cores);
    while (serving_ < 2) std::this_thread::yield();
  }
  ~UploadServer() override {
    cores_->request_stop();
    cores_->join();
  }

  Connection connect() { return Connection(port_); }
  std::string create(size_t length) {
    const std::string head = connect().ask("POST " + std::string(kUploadPath),
                                           "Upload-Length: " + std::to_string(length) + "\r\n");
    return field(head, "Location");
  }
  static std::string patch_fields(uint64_t offset, size_t size) {
    return "Content-Type: application/offset+octet-stream\r\nUpload-Offset: " +
           std::to_string(offset) + "\r\nContent-Length: " + std::to_string(size) + "\r\n";
  }
  uint64_t offset(const std::string& address) {
    for (int tries = 0; tries < 20; ++tries) {
      const std::string head = connect().ask("HEAD " + address, "");
      if (head.starts_with("HTTP/1.1 200")) return std::stoull(field(head, "Upload-Offset"));
      EXPECT_TRUE(head.starts_with("HTTP/1.1 423")) << head;  // Overtaken by an older PATCH.
    }
    ADD_FAILURE() << "the upload is always locked";
    return 0;
  }
  /// Sends the rest, as often as an older request of the same client comes in between.
  void finish(const std::string& address, const std::string& film) {
    for (int tries = 0; videos_ == 0 && tries < 10; ++tries) {
      const uint64_t at = offset(address);
      connect().ask("PATCH " + address, patch_fields(at, film.size() - at), film.substr(at));
    }
    EXPECT_EQ(videos_, 1);
    EXPECT_EQ(offset(address), film.size());
    EXPECT_TRUE(test::content_of(store_.original(test::Bench::id_of(address))) == film);
  }

  std::atomic<int> videos_ = 0;

 private:
  Task<void> serve(Core& core) {
    if (core.index() == 0) {
      uploads_ = std::make_unique<Uploads>(Uploads::Parts{
          .home = core,
          .control = control_,
          .catalogue = *catalogue_,
          .store = store_,
          .limits = {.free_floor = 0},
          .accepted = {
              .self = this,
              .show = [](void* self, catalogue::VideoChange) -> Task<> {
                ++static_cast<UploadServer*>(self)->videos_;
                co_return;
              },
              .to_json = [](void*, const catalogue::VideoRecord&) { return std::string("{}"); }},
          .metrics = metrics_});
      home_ready_ = true;
    }
    while (!home_ready_) static_cast<void>(co_await core::io::Sleep(core, 1ms));
    TusRoutes tus(*uploads_);
    http::Router router;
    const std::string one = std::string(kUploadPath) + "/{upload}";
    router.add(Method::kPost, kUploadPath, http::endpoint<&TusRoutes::post_upload>(tus));
    router.add(Method::kHead, one, http::endpoint<&TusRoutes::head_upload>(tus));
    router.add(Method::kPatch, one, http::endpoint<&TusRoutes::patch_upload>(tus));
    // The first core takes a free port, the other shares it.
    while (core.index() == 1 && port_ == 0) static_cast<void>(co_await core::io::Sleep(core, 1ms));
    auto server = http::Server::start(
        core, {.router = router, .metrics = counts_, .cors = {}, .limits = {}}, {.port = port_});
    EXPECT_TRUE(server);
    port_ = (*server)->port();
    ++serving_;
    core::Event never;
    static_cast<void>(co_await never.wait(&core.stopping()));
    co_await (*server)->stop(&core.stopping());
  }

  core::SystemClock clock_;
  test::TemporaryFolder folder_;
  UploadStore store_{folder_.file("uploads")};
  std::unique_ptr<catalogue::Catalogue> catalogue_ =
      catalogue::test::must_open(folder_.file("catalogue.db"));
  core::ControlThread control_;
  core::Metrics metrics_;
  http::ServerMetrics counts_{metrics_};
  std::unique_ptr<Uploads> uploads_;
  std::atomic<bool> home_ready_ = false;
  std::atomic<uint16_t> port_ = 0;
  std::atomic<int> serving_ = 0;
  std::unique_ptr<core::Cores> cores_;
};

std::string random_bytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
  return bytes;
}

TEST_F(UploadServer, TakesAFileThroughConnectionsThatDropAtRandomOffsets) {  // UP-01
  std::mt19937 random(7);
  const std::string film = random_bytes(20'000'000, 7);
  const std::string address = create(film.size());
  ASSERT_NE(address, "");
  uint64_t at = 0;
  // A dropped request may be read only after the HEAD that followed it; its bytes are right even
  // so.
  uint64_t furthest = 0;
  for (int drops = 0; drops < 100; ++drops) {
    const uint64_t sent = random() % std::min<uint64_t>(film.size() - at, 400'000);
    {
      Connection connection = connect();
      connection.send("PATCH " + address + " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n" +
                      patch_fields(at, film.size() - at) + "\r\n" + film.substr(at, sent));
    }
    furthest = std::max(furthest, at + sent);
    const uint64_t next = offset(address);
    ASSERT_GE(next, at);
    ASSERT_LE(next, furthest);
    at = next;
  }
  EXPECT_EQ(videos_, 0);
  finish(address, film);
}

TEST_F(UploadServer, LetsAClientGoOnThatTheServerStillBelievesToBeSending) {  // UP-01
  const std::string film = random_bytes(3'000'000, 3);
  const std::string address = create(film.size());
  std::vector<Connection> silent;  // The client's old connections: no end of them ever arrives.
  uint64_t at = 0;
  for (int i = 1; i <= 8; ++i) {
    silent.push_back(connect());
    silent.back().send("PATCH " + address + " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n" +
                       patch_fields(at, film.size() - at) + "\r\n" + film.substr(at, 300'000));
    const uint64_t next = offset(address);
    ASSERT_GE(next, at) << "an acknowledged offset never shrinks";
    at = next;
  }
  finish(address, film);
}

TEST_F(UploadServer, RefusesABodyBeforeItIsSent) {
  const std::string address = create(100);
  Connection connection = connect();
  const std::string head =
      connection.ask("PATCH " + address, patch_fields(50, 50) + "Expect: 100-continue\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 409")) << head;
}

}  // namespace
}  // namespace millrace::media::upload
