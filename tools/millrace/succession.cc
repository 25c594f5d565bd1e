#include "tools/millrace/succession.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace millrace {
namespace {

using core::ErrorCode;
using core::Result;
using core::UniqueFd;

constexpr const char* kVariable = "MILLRACE_PREDECESSOR";
constexpr int kChannel = 3;
// SCM_MAX_FD is 253; a server with more cores hands over in several messages.
constexpr size_t kSocketsAMessage = 128;
constexpr std::chrono::seconds kLetGoWithin{60};

struct Message {
  char text = 0;
  std::vector<UniqueFd> sockets;
};

union Control {
  std::array<char, CMSG_SPACE(sizeof(int) * kSocketsAMessage)> bytes;
  cmsghdr alignment;
};

Result<> send_message(int channel, char text, std::span<const UniqueFd> sockets) {
  iovec part{.iov_base = &text, .iov_len = 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!sockets.empty()) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * sockets.size());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * sockets.size());
    for (size_t i = 0; i < sockets.size(); ++i) {
      const int fd = sockets[i].get();
      std::memcpy(CMSG_DATA(head) + i * sizeof fd, &fd, sizeof fd);
    }
  }
  if (::sendmsg(channel, &message, MSG_NOSIGNAL) < 0) return core::os_failure(errno, "sendmsg");
  return {};
}

Result<Message> receive_message(int channel, std::chrono::milliseconds within) {
  pollfd ready{.fd = channel, .events = POLLIN, .revents = 0};
  const int count = ::poll(&ready, 1, static_cast<int>(within.count()));
  if (count < 0) return core::os_failure(errno, "poll");
  if (count == 0) return core::fail(ErrorCode::kTimeout, "the other process says nothing");
  Message received;
  iovec part{.iov_base = &received.text, .iov_len = 1};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  const ssize_t size = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  if (size < 0) return core::os_failure(errno, "recvmsg");
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; at + sizeof(int) <= head->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + at, sizeof fd);
      received.sockets.emplace_back(fd);
    }
  }
  if (size == 0) return core::fail(ErrorCode::kClosed, "the other process ended");
  return received;
}

}  // namespace

Result<Successor> Successor::start(const std::vector<std::string>& command) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return core::os_failure(errno, "socketpair");
  }
  UniqueFd mine(ends[0]);
  // Above what dup2 makes, which would otherwise leave it close-on-exec.
  const UniqueFd theirs(::fcntl(ends[1], F_DUPFD_CLOEXEC, kChannel + 1));
  ::close(ends[1]);
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  std::string variable = std::string(kVariable) + "=" + std::to_string(kChannel);
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(variable.data());
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), kChannel);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, command.front().c_str(), &actions, nullptr,
                                  arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return core::os_failure(error, "starting the successor");
  return Successor(pid, std::move(mine));
}

Result<> Successor::expect(char text, std::chrono::seconds within) {
  const Result<Message> message = receive_message(channel_.get(), within);
  if (!message) return std::unexpected(message.error());
  if (message->text != text) return core::fail(ErrorCode::kMalformed, "not what was expected");
  return {};
}

Result<> Successor::give(const std::vector<UniqueFd>& sockets) {
  std::span<const UniqueFd> rest(sockets);
  while (!rest.empty()) {
    const size_t count = std::min(rest.size(), kSocketsAMessage);
    const Result<> sent = send_message(channel_.get(), count < rest.size() ? '+' : '.',
                                       rest.first(count));
    if (!sent) return sent;
    rest = rest.subspan(count);
  }
  return {};
}

std::optional<Predecessor> Predecessor::find() {
  if (std::getenv(kVariable) == nullptr) return std::nullopt;
  ::unsetenv(kVariable);
  ::unsetenv("WATCHDOG_PID");  // Was the other one's: this is the process to be watched now.
  ::fcntl(kChannel, F_SETFD, FD_CLOEXEC);
  return Predecessor(UniqueFd(kChannel));
}

Result<std::vector<UniqueFd>> Predecessor::take_sockets() {
  if (const Result<> sent = send_message(channel_.get(), 'r', {}); !sent) {
    return std::unexpected(sent.error());
  }
  std::vector<UniqueFd> sockets;
  for (char text = '+'; text == '+';) {
    Result<Message> message = receive_message(channel_.get(), kLetGoWithin);
    if (!message) return std::unexpected(message.error());
    std::ranges::move(message->sockets, std::back_inserter(sockets));
    text = message->text;
  }
  return sockets;
}

void Predecessor::tell_serving() noexcept {
  static_cast<void>(send_message(channel_.get(), 's', {}));
  channel_.reset();
}

}  // namespace millrace
