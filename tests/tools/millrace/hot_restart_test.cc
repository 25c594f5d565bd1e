// One server takes the place of another while clients keep coming.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/tools/millrace/blocking_client.h"
#include "tests/tools/millrace/server_process.h"

namespace millrace {
namespace {

using test::ServerProcess;

/// Clients that connect, ask once and read to the end, again and again.
class Callers {
 public:
  explicit Callers(uint16_t port) {
    for (int i = 0; i < 12; ++i) {  // More than one core keeps for itself.
      threads_.emplace_back([this, port] {
        while (!stopping_) call(port);
      });
    }
  }
  ~Callers() { stop(); }
  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::atomic<size_t> answered = 0;
  std::atomic<size_t> refused = 0;
  std::atomic<size_t> broken = 0;

 private:
  void call(uint16_t port) {
    const core::UniqueFd socket = test::connect_to(port);
    if (!socket) {
      ++refused;
      return;
    }
    test::send_all(socket, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    std::string all;
    for (std::string some = test::receive_some(socket); !some.empty();
         some = test::receive_some(socket)) {
      all += some;
    }
    ++(all.starts_with("HTTP/1.1 200") && all.ends_with("}") ? answered : broken);
  }

  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

class HotRestart : public testing::Test {
 protected:
  HotRestart() {
    std::string name = testing::TempDir() + "millrace-restart-XXXXXX";
    store_ = ::mkdtemp(name.data());
    // Successors are children of servers that end: the test inherits and reaps them.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  ~HotRestart() override {
    if (successor_ > 0) {
      ::kill(successor_, SIGKILL);
      ::waitpid(successor_, nullptr, 0);
    }
    std::filesystem::remove_all(store_);
  }

  std::vector<std::string> settings() const {
    return {"store.root=" + store_, "server.listen=127.0.0.1:0", "server.cores=2",
            "server.pin=false", "http.lag_max=1min"};
  }
  /// Tells the server to hand over, and waits until the successor says that it listens.
  void restart(ServerProcess& first) {
    const pid_t before = successor_;
    if (before > 0) {
      ::kill(before, SIGUSR2);
    } else {
      first.signal(SIGUSR2);
    }
    const std::string begun = first.read_next("server.handing_over successor=");
    ASSERT_FALSE(begun.empty());
    const std::string pid = first.read_next("\n");
    std::from_chars(pid.data(), pid.data() + pid.size(), successor_);
    ASSERT_GT(successor_, 0) << pid;
    ASSERT_FALSE(first.read_next("millrace: listening on http://").empty());
    if (before > 0) {
      int status = 0;
      EXPECT_EQ(::waitpid(before, &status, 0), before);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    }
  }

  std::string store_;
  pid_t successor_ = -1;
};

TEST_F(HotRestart, RefusesNobodyAndBreaksNothing) {
  ServerProcess first(settings());
  const uint16_t port = first.port();
  ASSERT_NE(port, 0);
  Callers callers(port);
  for (int i = 0; i < 4; ++i) {
    const size_t before = callers.answered;
    while (callers.answered < before + 50) std::this_thread::yield();
    restart(first);
    if (i == 0) EXPECT_EQ(first.wait(), 0);
  }
  const size_t before = callers.answered;
  while (callers.answered < before + 50) std::this_thread::yield();
  callers.stop();
  EXPECT_EQ(callers.refused, 0U);
  EXPECT_EQ(callers.broken, 0U) << "of " << callers.answered;
}

TEST_F(HotRestart, LetsAnUploadGoOnWhereItWas) {
  ServerProcess first(settings());
  const uint16_t port = first.port();
  const test::Answer made = test::ask(
      port, {.method = "POST",
             .target = "/api/VideoStream/upload",
             .fields = "Tus-Resumable: 1.0.0\r\nUpload-Length: 1000\r\nContent-Length: 0\r\n"});
  ASSERT_EQ(made.status, 201) << made.head << made.body;
  const std::string upload(made.field("Location"));
  const std::string path = upload.substr(upload.find("/api"));
  const core::UniqueFd half = test::connect_to(port);
  test::send_all(half, fmt::format("PATCH {} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
                                   "Upload-Offset: 0\r\nExpect: 100-continue\r\n"
                                   "Content-Type: application/offset+octet-stream\r\n"
                                   "Content-Length: 1000\r\n\r\n",
                                   path));
  ASSERT_TRUE(test::receive_some(half).starts_with("HTTP/1.1 100"));
  test::send_all(half, std::string(400, 'x'));
  restart(first);
  const std::string head_fields = "Tus-Resumable: 1.0.0\r\n";
  const test::Answer where =
      test::ask(port, {.method = "HEAD", .target = path, .fields = head_fields});
  EXPECT_EQ(where.status, 200);
  const std::string offset(where.field("Upload-Offset"));
  ASSERT_TRUE(offset == "400" || offset == "0") << offset;
  const std::string rest(1000 - std::stoul(offset), 'x');
  const test::Answer finished = test::ask(
      port, {.method = "PATCH",
             .target = path,
             .fields = head_fields + "Upload-Offset: " + offset +
                       "\r\nContent-Type: application/offset+octet-stream\r\n",
             .body = rest});
  EXPECT_EQ(finished.status, 204) << finished.body;
  EXPECT_EQ(finished.field("Upload-Offset"), "1000");
}

TEST_F(HotRestart, GoesOnWhenTheSuccessorCannotStart) {
  const std::string file = store_ + "/millrace.toml";
  std::ofstream(file) << "[http]\nidle_timeout = \"5s\"\n";
  std::vector<std::string> with_file = settings();
  ServerProcess first(with_file, test::Ring::kAllowed, file);
  const uint16_t port = first.port();
  ASSERT_NE(port, 0);
  std::ofstream(file) << "[http]\nidle_timeout = \"never\"\n";
  first.signal(SIGUSR2);
  EXPECT_FALSE(first.read_next("server.hand_over_failed").empty());
  EXPECT_EQ(test::ask(port, {.target = "/readyz"}).status, 200);
  first.signal(SIGTERM);
  EXPECT_EQ(first.exit_code(), 0);
}

TEST_F(HotRestart, TakesOverAConfigurationThatIsGoodAndKeepsTheOldOneOtherwise) {
  const std::string file = store_ + "/millrace.toml";
  std::ofstream(file) << "";
  ServerProcess server(settings(), test::Ring::kAllowed, file);
  const uint16_t port = server.port();
  ASSERT_NE(port, 0);
  std::ofstream(file) << "[cors]\nallowed_origins = [\"https://a.example\"]\n"
                         "[buffers]\nbudget = \"32MiB\"\n";
  server.signal(SIGHUP);
  EXPECT_FALSE(server.read_next("config.reloaded applied=cors.allowed_origins "
                                "needs_restart=buffers.budget").empty());
  const auto origin = [&] {
    return std::string(test::ask(port, {.target = "/healthz",
                                        .fields = "Origin: https://a.example\r\n"})
                           .field("Access-Control-Allow-Origin"));
  };
  EXPECT_EQ(origin(), "https://a.example");
  std::ofstream(file) << "[cors]\nallowed_origins = 7\n";
  server.signal(SIGHUP);
  EXPECT_FALSE(server.read_next("config.reload_failed reason=").empty());
  EXPECT_EQ(origin(), "https://a.example");
  server.signal(SIGTERM);
  EXPECT_EQ(server.exit_code(), 0);
}

}  // namespace
}  // namespace millrace
