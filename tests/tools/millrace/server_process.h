// The real server as a child process.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/unique_fd.h"

namespace millrace::test {

enum class Ring : uint8_t { kAllowed, kForbidden };

/// What the default profiles of container engines do.
inline void forbid_io_uring() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(io_uring_setup), 0);
  seccomp_load(filter);
}

/// The server as a child process; its output is read to the end or up to a text.
class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> settings, Ring ring = Ring::kAllowed,
                         const std::string& config_file = {}, int listening = -1) {
    int pipe[2];
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    output_.reset(pipe[0]);
    const core::UniqueFd write_end(pipe[1]);
    pid_ = ::fork();
    if (pid_ == 0) run(settings, ring, config_file, listening, write_end.get());
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
  /// What was printed since the last call or since `port`, up to the end of `text`; empty when it
  /// does not come.
  std::string read_next(std::string_view text) {
    size_t end = printed_.find(text, seen_);
    while (end == printed_.npos) {
      pollfd ready{.fd = output_.get(), .events = POLLIN, .revents = 0};
      char bytes[4096];
      if (::poll(&ready, 1, 20'000) != 1) return {};
      const ssize_t size = ::read(output_.get(), bytes, sizeof bytes);
      if (size <= 0) return {};
      printed_.append(bytes, static_cast<size_t>(size));
      end = printed_.find(text, seen_);
    }
    const std::string next = printed_.substr(seen_, end + text.size() - seen_);
    seen_ = end + text.size();
    return next;
  }
  /// The port that it says it listens on; 0 when it says nothing.
  uint16_t port() {
    constexpr std::string_view kListening = "millrace: listening on http://";
    const std::string& text = read_until(kListening);
    const size_t address = text.find(kListening);
    if (address == text.npos) return 0;
    seen_ = printed_.size();
    const std::string_view line = std::string_view(text).substr(address);
    const size_t colon = line.substr(0, line.find('\n')).rfind(':');
    return static_cast<uint16_t>(std::strtoul(line.data() + colon + 1, nullptr, 10));
  }
  void signal(int number) const { ::kill(pid_, number); }
  /// As exit_code, where other processes write to the same output.
  int wait() {
    int status = 0;
    EXPECT_GT(::waitpid(std::exchange(pid_, -1), &status, 0), 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
  int exit_code() {
    read_until("\x01");
    int status = 0;
    ::kill(pid_, SIGKILL);  // It ended, or said nothing for too long.
    EXPECT_EQ(::waitpid(std::exchange(pid_, -1), &status, 0) > 0, true);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

 private:
  [[noreturn]] static void run(const std::vector<std::string>& settings, Ring ring,
                               const std::string& config_file, int listening, int output) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (ring == Ring::kForbidden) forbid_io_uring();
    if (listening >= 0) {
      ::dup2(listening, 3);  // As systemd passes it.
      ::fcntl(3, F_SETFD, 0);
      ::setenv("LISTEN_FDS", "1", 1);
      ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    }
    std::vector<const char*> arguments{MR_SERVER};
    if (!config_file.empty()) {
      arguments.push_back("--config");
      arguments.push_back(config_file.c_str());
    }
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
  size_t seen_ = 0;
};

}  // namespace millrace::test
