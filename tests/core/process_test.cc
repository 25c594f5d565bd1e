#include "core/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>

namespace millrace::core {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
  /// Everything until all writers have closed.
  std::string read_all() {
    write_end.reset();
    std::string out;
    std::array<char, 512> buffer{};
    ssize_t count = 0;
    while ((count = ::read(read_end.get(), buffer.data(), buffer.size())) > 0) {
      out.append(buffer.data(), static_cast<size_t>(count));
    }
    return out;
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

Command shell(std::string script) {
  return Command{.executable = "/bin/sh", .arguments = {"-c", std::move(script)}};
}

ExitStatus wait_for_end(Process& process) {
  pollfd poll_fd{.fd = process.pidfd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&poll_fd, 1, /*timeout=*/60'000), 1);
  return process.reap().value().value();
}

bool has_child(pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == 0 || errno != ECHILD; }

TEST(Process, TellsHowItEnded) {
  auto exits = Process::start(shell("exit 7")).value();
  EXPECT_EQ(wait_for_end(exits), (ExitStatus{.code = 7, .signal = 0}));
  auto aborts = Process::start(shell("kill -ABRT $$")).value();
  EXPECT_EQ(wait_for_end(aborts), (ExitStatus{.code = 0, .signal = SIGABRT}));
  EXPECT_EQ(aborts.reap().value(), (ExitStatus{.code = 0, .signal = SIGABRT})) << "asked again";
}

TEST(Process, IsNotReapedWhileItRuns) {
  auto process = Process::start(shell("exec sleep 600")).value();
  EXPECT_EQ(process.reap().value(), std::nullopt);
  process.send_signal(SIGKILL);
  EXPECT_EQ(wait_for_end(process).signal, SIGKILL);
}

TEST(Process, HoldsExactlyTheDescriptorsItWasGivenInThatOrder) {
  Pipe output;
  Pipe other;
  Command command = shell(
      "cd /proc/self/fd && for f in [3-9] [0-9][0-9]*; do [ -e $f ] && "
      "printf '%s=%s ' $f $(readlink $f); done >&4; exit 0");
  command.fds = {other.read_end.get(), output.write_end.get(), other.read_end.get()};
  auto process = Process::start(command).value();
  std::array<char, 64> pipe_name{};
  const std::string link = "/proc/self/fd/" + std::to_string(output.write_end.get());
  ASSERT_GT(::readlink(link.c_str(), pipe_name.data(), pipe_name.size() - 1), 0);
  const std::string listing = output.read_all();
  wait_for_end(process);
  EXPECT_NE(listing.find(std::string("4=") + pipe_name.data()), std::string::npos) << listing;
  EXPECT_NE(listing.find("5=pipe"), std::string::npos) << listing;
  EXPECT_EQ(listing.find("6=pipe"), std::string::npos) << listing;
}

TEST(Process, InheritsNoEnvironmentAndNoIgnoredSignal) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe output;
  Command command = shell("echo \"${HOME-unset} $ONLY\" >&3; kill -PIPE $$");
  command.environment = {"ONLY=this"};
  command.fds = {output.write_end.get()};
  auto process = Process::start(command).value();
  EXPECT_EQ(output.read_all(), "unset this\n");
  EXPECT_EQ(wait_for_end(process).signal, SIGPIPE);
  ::signal(SIGPIPE, SIG_DFL);
}

TEST(Process, LeavesNeitherZombieNorOrphanWhenItIsDropped) {
  pid_t pid = 0;
  {
    const auto process = Process::start(shell("exec sleep 600")).value();
    pid = process.pid();
  }
  EXPECT_FALSE(has_child(pid));
}

TEST(Process, IsNotFoundWhereThereIsNoSuchProgram) {
  const auto process = Process::start(Command{.executable = "/nonexistent/program"});
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace millrace::core
