// The real server's start and end, as an operator meets them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "core/io/listener.h"
#include "core/unique_fd.h"

namespace millrace {
namespace {

enum class Ring : uint8_t { kAllowed, kForbidden };

/// What the default profiles of container engines do.
void forbid_io_uring() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(io_uring_setup), 0);
  seccomp_load(filter);
}

/// The server as a child process; its output is read to the end or up to a text.
class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> settings, Ring ring = Ring::kAllowed) {
    int pipe[2];
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    output_.reset(pipe[0]);
    const core::UniqueFd write_end(pipe[1]);
    pid_ = ::fork();
    if (pid_ == 0) run(settings, ring, write_end.get());
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// Until `text` was printed, or the process ended, or nothing came for 20 s.
  const std::string& read_until(std::string_view text) {
    while (!printed_.contains(text)) {
      pollfd ready{.fd = output_.get(), .events = POLLIN, .revents = 0};
      char bytes[4096];
      if (::poll(&ready, 1, 20'000) != 1) break;
      const ssize_t size = ::read(output_.get(), bytes, sizeof bytes);
      if (size <= 0) break;
      printed_.append(bytes, static_cast<size_t>(size));
    }
    return printed_;
  }
  void signal(int number) const { ::kill(pid_, number); }
  int exit_code() {
    read_until("\x01");
    int status = 0;
    ::kill(pid_, SIGKILL);  // It ended, or said nothing for too long.
    EXPECT_EQ(::waitpid(std::exchange(pid_, -1), &status, 0) > 0, true);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

 private:
  [[noreturn]] static void run(const std::vector<std::string>& settings, Ring ring, int output) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (ring == Ring::kForbidden) forbid_io_uring();
    std::vector<const char*> arguments{MR_SERVER};
    for (const std::string& setting : settings) {
      arguments.push_back("--set");
      arguments.push_back(setting.c_str());
    }
    arguments.push_back(nullptr);
    ::execv(MR_SERVER, const_cast<char* const*>(arguments.data()));
    ::_exit(127);
  }

  core::UniqueFd output_;
  pid_t pid_ = -1;
  std::string printed_;
};

class Start : public testing::Test {
 protected:
  Start() {
    std::string name = testing::TempDir() + "millrace-start-XXXXXX";
    store_ = ::mkdtemp(name.data());
  }
  ~Start() override { std::filesystem::remove_all(store_); }
  std::vector<std::string> settings(std::vector<std::string> more = {}) const {
    more.push_back("store.root=" + store_);
    if (more.size() == 1) more.emplace_back("server.listen=127.0.0.1:0");
    return more;
  }
  std::string store_;
};

constexpr std::string_view kListening = "millrace: listening on http://127.0.0.1:";

TEST_F(Start, SaysWhereItListensAndEndsInOrderWhenAsked) {
  ServerProcess server(settings());
  EXPECT_TRUE(server.read_until(kListening).contains(kListening));
  server.signal(SIGTERM);
  EXPECT_EQ(server.exit_code(), 0);
}

TEST_F(Start, WorksOnOneCoreAndOnMoreCoresThanCpus) {
  for (const char* cores : {"server.cores=1", "server.cores=5"}) {
    ServerProcess server(settings({cores, "server.listen=127.0.0.1:0"}));
    EXPECT_TRUE(server.read_until(kListening).contains(kListening)) << cores;
    server.signal(SIGINT);
    EXPECT_EQ(server.exit_code(), 0) << cores;
  }
}

TEST_F(Start, WhereIoUringIsForbiddenSaysSoOnceAndServesOnEpoll) {
  ServerProcess server(settings(), Ring::kForbidden);
  EXPECT_TRUE(server.read_until(kListening).contains(kListening)) << server.read_until("");
  server.signal(SIGTERM);
  EXPECT_EQ(server.exit_code(), 0);
  const std::string& said = server.read_until("");
  const size_t line = said.find("reactor.epoll");
  ASSERT_NE(line, std::string::npos) << said;
  EXPECT_TRUE(said.contains("errno=EPERM")) << said;
  EXPECT_TRUE(said.contains("tools/seccomp/io_uring.json")) << said;
  EXPECT_EQ(said.find("io_uring", said.find('\n', line)), std::string::npos) << said;
}

TEST_F(Start, WhereIoUringIsForbiddenAndDemandedNamesTheCureAndExitsWith78) {
  ServerProcess server(settings({"server.reactor=uring", "server.listen=127.0.0.1:0"}),
                       Ring::kForbidden);
  EXPECT_EQ(server.exit_code(), 78);
  const std::string& said = server.read_until("");
  EXPECT_TRUE(said.contains("seccomp")) << said;
  EXPECT_TRUE(said.contains("tools/seccomp/io_uring.json")) << said;
}

TEST_F(Start, TakesNeitherReactorForAnotherWord) {
  ServerProcess server(settings({"server.reactor=iouring"}));
  EXPECT_EQ(server.exit_code(), 78);
  EXPECT_TRUE(server.read_until("").contains("server.reactor")) << server.read_until("");
}

TEST_F(Start, RefusesAKeyThatItDoesNotKnow) {
  ServerProcess server(settings({"server.colour=blue"}));
  EXPECT_EQ(server.exit_code(), 78);
  EXPECT_TRUE(server.read_until("").contains("server.colour"));
}

TEST_F(Start, NamesTheAddressThatIsTaken) {
  const auto taken = core::io::listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(taken);
  const std::string address = fmt::format("127.0.0.1:{}", *core::io::local_port(taken->get()));
  ServerProcess server(settings({"server.listen=" + address}));
  EXPECT_EQ(server.exit_code(), 71);
  EXPECT_TRUE(server.read_until("").contains(address)) << server.read_until("");
}

TEST_F(Start, LeavesAStoreAloneThatAnotherServerUses) {
  ServerProcess first(settings());
  ASSERT_TRUE(first.read_until(kListening).contains(kListening));
  ServerProcess second(settings());
  EXPECT_EQ(second.exit_code(), 71);
  EXPECT_TRUE(second.read_until("").contains(store_)) << second.read_until("");
}

}  // namespace
}  // namespace millrace
