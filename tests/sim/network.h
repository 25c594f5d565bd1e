// The network of a simulation: what the server's system calls on sockets find.
#pragma once

#include <sys/types.h>

#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"
#include "tests/sim/faults.h"
#include "tests/sim/link.h"
#include "tests/sim/random.h"
#include "tests/sim/trace.h"

namespace millrace::sim {

/// Its sockets have numbers of the process's descriptors, so that one which is not closed is found
/// as any other. While one exists, calls on sockets (tests/sim/calls.cc) are answered by it: one at
/// a time, on one thread. Results are a count or a descriptor, or a negative errno.
class Network {
 public:
  Network(Random& random, const Faults& faults, Trace& trace);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();

  [[nodiscard]] static Network* current() noexcept;

  /// A client connects, whether or not anybody listens; it lives as long as the network.
  Link& connect(uint32_t address, Link::Capacity capacity);

  [[nodiscard]] bool has(int fd) const noexcept { return find(fd) != nullptr; }
  /// Null: not a connection's.
  [[nodiscard]] Link* link_of(int fd) const noexcept;
  /// Operations are under way on `fd`, which may not be closed.
  void hold(int fd, int change) noexcept;

  int open_socket();
  int listen(int fd) noexcept;
  int accept();
  int configure(int fd) noexcept;
  ssize_t receive(int fd, std::span<std::byte> into) noexcept;
  ssize_t send(int fd, std::string_view bytes);
  ssize_t send_file(int fd, int file, off_t& offset, size_t size);
  int shut(int fd, int how) noexcept;
  int describe_peer(int fd, uint32_t& address) noexcept;
  /// False: not a socket of this network.
  bool closed(int fd) noexcept;
  /// A page may be told to be on the disk only.
  bool is_cold() noexcept;

  [[nodiscard]] size_t backlog() const noexcept { return backlog_.size(); }
  [[nodiscard]] size_t socket_count() const noexcept { return socket_count_; }

 private:
  struct Socket {
    Link* link = nullptr;
    bool exists = false;
    int operations = 0;
  };
  [[nodiscard]] const Socket* find(int fd) const noexcept;
  [[nodiscard]] Socket* find(int fd) noexcept {
    return const_cast<Socket*>(std::as_const(*this).find(fd));
  }
  int make(Link* link);
  int spoil_send(Link& link) noexcept;
  [[nodiscard]] size_t cut(unsigned rate, size_t size) noexcept;

  Random& random_;
  const Faults& faults_;
  Trace& trace_;
  core::UniqueFd null_;
  std::vector<Socket> sockets_;  // By descriptor.
  size_t socket_count_ = 0;
  std::vector<std::unique_ptr<Link>> links_;
  std::deque<Link*> backlog_;
};

}  // namespace millrace::sim
