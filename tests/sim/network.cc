#include "tests/sim/network.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/assert.h"

namespace millrace::sim {
namespace {

Network* the_network = nullptr;

}  // namespace

Network::Network(Random& random, const Faults& faults, Trace& trace)
    : random_(random),
      faults_(faults),
      trace_(trace),
      null_(::open("/dev/null", O_RDWR | O_CLOEXEC)) {
  MR_ASSERT(the_network == nullptr && null_);
  the_network = this;
}

Network::~Network() { the_network = nullptr; }

Network* Network::current() noexcept { return the_network; }

const Network::Socket* Network::find(int fd) const noexcept {
  const auto index = static_cast<size_t>(fd);
  return fd >= 0 && index < sockets_.size() && sockets_[index].exists ? &sockets_[index] : nullptr;
}

Link* Network::link_of(int fd) const noexcept {
  const Socket* socket = find(fd);
  return socket == nullptr ? nullptr : socket->link;
}

void Network::hold(int fd, int change) noexcept {
  if (Socket* socket = find(fd)) socket->operations += change;
}

int Network::make(Link* link) {
  const int fd = ::fcntl(null_.get(), F_DUPFD_CLOEXEC, 0);
  MR_ASSERT(fd >= 0);
  const auto index = static_cast<size_t>(fd);
  if (index >= sockets_.size()) sockets_.resize(index + 1);
  sockets_[index] = {.link = link, .exists = true, .operations = 0};
  ++socket_count_;
  return fd;
}

Link& Network::connect(uint32_t address, Link::Capacity capacity) {
  links_.push_back(std::make_unique<Link>(links_.size() + 1, address, capacity));
  backlog_.push_back(links_.back().get());
  trace_.note("connects", links_.back()->number(), address);
  return *links_.back();
}

int Network::open_socket() {
  static constexpr int kErrors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
  if (random_.chance(faults_.call_error)) return -random_.pick(kErrors);
  return make(nullptr);
}

int Network::listen(int fd) noexcept {
  MR_ASSERT(link_of(fd) == nullptr);
  return random_.chance(faults_.call_error) ? -EADDRINUSE : 0;
}

int Network::configure(int) noexcept {
  static constexpr int kErrors[] = {ENOBUFS, ENOMEM};
  return random_.chance(faults_.call_error) ? -random_.pick(kErrors) : 0;
}

int Network::accept() {
  static constexpr int kErrors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED};
  if (backlog_.empty()) return -EAGAIN;
  if (random_.chance(faults_.accept_error)) {
    const int error = random_.pick(kErrors);
    trace_.note("accept fails", 0, error);
    return -error;
  }
  Link* link = backlog_.front();
  backlog_.pop_front();
  trace_.note("accepted", link->number(), 0);
  return make(link);
}

size_t Network::cut(unsigned rate, size_t size) noexcept {
  return size > 1 && random_.chance(rate) ? random_.some_of(size - 1) : size;
}

ssize_t Network::receive(int fd, std::span<std::byte> into) noexcept {
  static constexpr int kErrors[] = {ENOMEM, ECONNRESET, ETIMEDOUT};
  Link& link = *find(fd)->link;
  if (random_.chance(faults_.receive_error)) {
    const int error = random_.pick(kErrors);
    trace_.note("receive fails", link.number(), error);
    if (error == ENOMEM) return -ENOMEM;
    link.fail(error);
  }
  const size_t most = std::min(into.size(), link.waiting());
  const ssize_t got = link.receive(most > 0 ? into.first(cut(faults_.short_receive, most)) : into);
  if (got != -EAGAIN) trace_.note("received", link.number(), got);
  return got;
}

/// A negative errno, or 0: nothing goes wrong.
int Network::spoil_send(Link& link) noexcept {
  static constexpr int kErrors[] = {ENOMEM, ENOBUFS, ECONNRESET, ETIMEDOUT};
  if (random_.chance(faults_.interrupted)) return -EINTR;
  if (random_.chance(faults_.blocked_send)) return -EAGAIN;
  if (!random_.chance(faults_.send_error)) return 0;
  const int error = random_.pick(kErrors);
  trace_.note("send fails", link.number(), error);
  if (error == ENOMEM || error == ENOBUFS) return -error;
  link.fail(error);
  return 0;
}

ssize_t Network::send(int fd, std::string_view bytes) {
  Link& link = *find(fd)->link;
  if (const int error = spoil_send(link); error != 0) return error;
  const ssize_t sent = link.send(bytes.substr(0, cut(faults_.short_send, bytes.size())));
  trace_.note("sent", link.number(), sent);
  return sent;
}

ssize_t Network::send_file(int fd, int file, off_t& offset, size_t size) {
  Link& link = *find(fd)->link;
  if (const int error = spoil_send(link); error != 0) return error;
  if (random_.chance(faults_.file_error)) return -EIO;
  static std::array<char, 65536> page;
  size = cut(faults_.short_send, size);
  ssize_t sent = 0;
  while (static_cast<size_t>(sent) < size) {
    const size_t wanted = std::min(page.size(), size - static_cast<size_t>(sent));
    // As the kernel, which looks for room before it looks into the file.
    const size_t room = std::min(wanted, std::max<size_t>(link.room(), 1));
    const ssize_t got = ::pread(file, page.data(), room, offset);
    if (got < 0) return sent > 0 ? sent : -errno;
    if (got == 0) break;
    const ssize_t taken = link.send({page.data(), static_cast<size_t>(got)});
    if (taken < 0) {
      if (sent == 0) sent = taken;
      break;
    }
    sent += taken;
    offset += taken;
    if (taken < got) break;
  }
  trace_.note("sent of a file", link.number(), sent);
  return sent;
}

int Network::shut(int fd, int how) noexcept {
  Link* link = find(fd)->link;
  if (link == nullptr) return -ENOTCONN;
  trace_.note("shut", link->number(), how);
  return link->shut(how);
}

int Network::describe_peer(int fd, uint32_t& address) noexcept {
  const Link* link = find(fd)->link;
  if (link == nullptr || random_.chance(faults_.call_error)) return -ENOTCONN;
  address = link->address();
  return 0;
}

bool Network::closed(int fd) noexcept {
  Socket* socket = find(fd);
  if (socket == nullptr) return false;
  MR_ASSERT(socket->operations == 0);  // Ring: no descriptor is closed under an operation.
  socket->exists = false;
  --socket_count_;
  if (socket->link != nullptr) {
    trace_.note("closed", socket->link->number(), static_cast<int64_t>(socket->link->waiting()));
    socket->link->server_close();
  }
  return true;
}

bool Network::is_cold() noexcept { return random_.chance(faults_.cold); }

}  // namespace millrace::sim
