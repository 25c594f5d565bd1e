#include "bench/compare/viewer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "http/token.h"

namespace millrace::bench {
namespace {

// A head and 2 KB of body in one read; the rest of a large body is dropped unread.
constexpr size_t kFirstReadBytes = 4096;
// What one recv may drop: bounds how long one viewer keeps the others waiting.
constexpr size_t kDropBytes = size_t{4} << 20;
constexpr size_t kHeadBytesMax = 16 * 1024;

uint64_t content_length_of(std::string_view head) noexcept {
  while (!head.empty()) {
    std::string_view line = http::take_until(head, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (http::equal_ignoring_case(http::take_until(line, ':'), "content-length")) {
      return http::parse_decimal(http::trim(line)).value_or(0);
    }
  }
  return 0;
}

bool says_close(std::string_view head) noexcept {
  while (!head.empty()) {
    std::string_view line = http::take_until(head, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (http::equal_ignoring_case(http::take_until(line, ':'), "connection")) {
      return http::equal_ignoring_case(http::trim(line), "close");
    }
  }
  return false;
}

}  // namespace

bool Viewer::connect(int epoll, uint32_t index) {
  socket_ = core::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) return false;
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(plan_->port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 &&
      errno != EINPROGRESS) {
    return false;
  }
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP, .data = {.u32 = index}};
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket_.get(), &event) == 0;
}

bool Viewer::begin(int epoll, uint32_t index, size_t which, Time now) {
  began_ = now;
  if (!socket_ && !connect(epoll, index)) return false;
  unsent_ = plan_->requests[which % plan_->requests.size()];
  head_.clear();
  head_done_ = false;
  will_close_ = false;
  is_asking_ = true;
  return send_rest();
}

bool Viewer::send_rest() {
  if (unsent_.empty()) return true;
  const ssize_t sent =
      ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0) unsent_.remove_prefix(static_cast<size_t>(sent));
  // Not connected yet: EPOLLOUT tells when.
  return sent >= 0 || errno == EAGAIN || errno == ENOTCONN;
}

Viewer::Outcome Viewer::advance() {
  if (!socket_ || !is_asking_) return Outcome::kWaits;
  if (!send_rest()) return Outcome::kFailed;
  if (!head_done_) {
    const Outcome outcome = read_head();
    if (outcome != Outcome::kDone) return outcome;
  }
  return drop_body();
}

Viewer::Outcome Viewer::read_head() {
  char bytes[kFirstReadBytes];
  const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == ENOTCONN)) return Outcome::kWaits;
  if (size <= 0) return Outcome::kFailed;
  std::string_view head(bytes, static_cast<size_t>(size));
  if (!head_.empty()) {
    head_.append(head);
    head = head_;
  }
  const size_t end = head.find("\r\n\r\n");
  if (end == head.npos) {
    if (head_.empty()) head_ = head;
    if (head_.size() > kHeadBytesMax) return Outcome::kFailed;
    return static_cast<size_t>(size) == sizeof bytes ? read_head() : Outcome::kWaits;
  }
  if (!parse_head(head.substr(0, end + 2))) return Outcome::kFailed;
  const uint64_t here = head.size() - (end + 4);
  if (here > body_size_) return Outcome::kFailed;
  body_left_ = body_size_ - here;
  head_done_ = true;
  return Outcome::kDone;
}

bool Viewer::parse_head(std::string_view head) noexcept {
  if (!head.starts_with("HTTP/1.1 200") && !head.starts_with("HTTP/1.1 206")) return false;
  body_size_ = content_length_of(head);
  will_close_ = plan_->closes || says_close(head);
  return true;
}

Viewer::Outcome Viewer::drop_body() {
  while (body_left_ > 0) {
    const size_t wanted = std::min<uint64_t>(body_left_, kDropBytes);
    const ssize_t size = ::recv(socket_.get(), nullptr, wanted, MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0 && errno == EAGAIN) return Outcome::kWaits;
    if (size <= 0) return Outcome::kFailed;
    body_left_ -= static_cast<uint64_t>(size);
  }
  return finish();
}

Viewer::Outcome Viewer::finish() noexcept {
  is_asking_ = will_close_;
  if (!will_close_) return Outcome::kDone;
  char byte;
  const ssize_t size = ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return Outcome::kWaits;  // Its end is still to come.
  if (size != 0) return Outcome::kFailed;
  is_asking_ = false;
  socket_.reset();
  return Outcome::kDone;
}

}  // namespace millrace::bench
