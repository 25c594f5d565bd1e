// The floor of bench/compare: what the kernel alone asks for the same bytes. It knows one folder of
// files, no header but Range and Connection, no time-outs and no bad clients.
//   compare_floor PORT FOLDER
// Files of up to 32 KiB leave in one send with their head, larger ones by sendfile.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"
#include "http/token.h"

namespace millrace::bench {
namespace {

constexpr size_t kSmallBytes = 32 * 1024;
// What nginx sends at most before others get their turn. Less costs more turns.
constexpr size_t kTurnBytes = size_t{2} << 20;

struct File {
  core::UniqueFd fd;
  uint64_t size = 0;
  std::string whole_answer;  // Of a small one.
  std::string head;
};

struct Visitor {
  core::UniqueFd socket;
  const File* file = nullptr;  // What is being sent, from
  off_t offset = 0;
  uint64_t left = 0;
  bool closes = false;
};

class Floor {
 public:
  Floor(uint16_t port, const std::filesystem::path& folder);
  [[noreturn]] void run();

 private:
  void accept_all();
  void read_request(Visitor& visitor);
  void answer(Visitor& visitor, std::string_view request);
  void send_file(Visitor& visitor);
  void end(Visitor& visitor);

  std::map<std::string, File, std::less<>> files_;
  core::UniqueFd epoll_;
  core::UniqueFd listener_;
  std::vector<std::unique_ptr<Visitor>> visitors_;  // By descriptor.
  std::vector<int> ready_;                          // Have more to send, and had their turn.
};

std::string head_of(std::string_view status, uint64_t size, std::string_view more) {
  return fmt::format(
      "HTTP/1.1 {}\r\nServer: floor\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
      "Content-Type: video/iso.segment\r\nContent-Length: {}\r\n"
      "Last-Modified: Sun, 22 Nov 2026 11:00:00 GMT\r\nETag: \"0123456789abcdef\"\r\n"
      "Accept-Ranges: bytes\r\n{}\r\n",
      status, size, more);
}

Floor::Floor(uint16_t port, const std::filesystem::path& folder)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    File file;
    file.size = entry.file_size();
    file.fd.reset(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
    file.head = head_of("200 OK", file.size, "");
    if (file.size <= kSmallBytes) {
      std::ifstream stream(entry.path(), std::ios::binary);
      file.whole_answer = file.head + std::string(std::istreambuf_iterator<char>(stream), {});
    }
    files_.emplace("/files/" + entry.path().filename().string(), std::move(file));
  }
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(listener_.get(), 65535) != 0) {
    std::perror("compare_floor");
    std::exit(EXIT_FAILURE);
  }
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener_.get()}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
}

void Floor::run() {
  for (;;) {
    epoll_event events[512];
    const int count =
        ::epoll_wait(epoll_.get(), events, std::size(events), ready_.empty() ? -1 : 0);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener_.get()) {
        accept_all();
        continue;
      }
      if (visitors_[static_cast<size_t>(fd)] == nullptr) continue;
      Visitor& visitor = *visitors_[static_cast<size_t>(fd)];
      if (visitor.left > 0) {
        send_file(visitor);
      } else {
        read_request(visitor);
      }
    }
    for (const int fd : std::exchange(ready_, {})) {
      const std::unique_ptr<Visitor>& visitor = visitors_[static_cast<size_t>(fd)];
      if (visitor != nullptr && visitor->left > 0) send_file(*visitor);
    }
  }
}

void Floor::accept_all() {
  for (;;) {
    core::UniqueFd socket(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = socket.get();
    if (visitors_.size() <= static_cast<size_t>(fd)) visitors_.resize(static_cast<size_t>(fd) + 1);
    visitors_[static_cast<size_t>(fd)] = std::make_unique<Visitor>();
    visitors_[static_cast<size_t>(fd)]->socket = std::move(socket);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = fd}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
}

void Floor::end(Visitor& visitor) { visitors_[static_cast<size_t>(visitor.socket.get())].reset(); }

void Floor::read_request(Visitor& visitor) {
  char bytes[4096];
  const ssize_t size = ::recv(visitor.socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return end(visitor);
  answer(visitor, {bytes, static_cast<size_t>(size)});
}

void Floor::answer(Visitor& visitor, std::string_view request) {
  std::string_view line = request.substr(0, request.find('\r'));
  http::take_until(line, ' ');
  const auto found = files_.find(http::take_until(line, ' '));
  if (found == files_.end()) return end(visitor);
  const File& file = found->second;
  visitor.closes = request.find("Connection: close") != request.npos;
  const int socket = visitor.socket.get();
  if (!file.whole_answer.empty()) {
    ::send(socket, file.whole_answer.data(), file.whole_answer.size(), MSG_NOSIGNAL);
    if (visitor.closes) end(visitor);
    return;
  }
  constexpr std::string_view kRange = "Range: bytes=";
  visitor.file = &file;
  visitor.offset = 0;
  visitor.left = file.size;
  if (const size_t range = request.find(kRange); range != request.npos) {
    std::string_view rest = request.substr(range + kRange.size());
    rest = rest.substr(0, rest.find('\r'));
    const uint64_t first = http::parse_decimal(http::take_until(rest, '-')).value_or(0);
    const uint64_t last = http::parse_decimal(rest).value_or(0);
    visitor.offset = static_cast<off_t>(first);
    visitor.left = last - first + 1;
    const std::string head =
        head_of("206 Partial Content", visitor.left,
                fmt::format("Content-Range: bytes {}-{}/{}\r\n", first, last, file.size));
    ::send(socket, head.data(), head.size(), MSG_NOSIGNAL | MSG_MORE);
  } else {
    ::send(socket, file.head.data(), file.head.size(), MSG_NOSIGNAL | MSG_MORE);
  }
  send_file(visitor);
}

void Floor::send_file(Visitor& visitor) {
  size_t turn = kTurnBytes;
  while (visitor.left > 0 && turn > 0) {
    const size_t wanted = std::min<uint64_t>(visitor.left, turn);
    const ssize_t sent =
        ::sendfile(visitor.socket.get(), visitor.file->fd.get(), &visitor.offset, wanted);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent <= 0) return end(visitor);
    visitor.left -= static_cast<uint64_t>(sent);
    turn -= static_cast<size_t>(sent);
  }
  if (visitor.left > 0) {
    ready_.push_back(visitor.socket.get());
  } else if (visitor.closes) {
    end(visitor);
  }
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc != 3) {
    std::fprintf(stderr, "usage: compare_floor PORT FOLDER\n");
    return 64;
  }
  millrace::bench::Floor(static_cast<uint16_t>(std::atoi(argv[1])), argv[2]).run();
}
