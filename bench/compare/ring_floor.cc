// The floor of small answers: one io_uring with what IO_URING costs least (multishot accept and
// receive into shared buffers, one send for each answer), no HTTP above it and no time-outs.
//   compare_ring_floor PORT FILE      answers every request with FILE, which has up to 32 KiB
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/recv_buffers.h"
#include "core/ring.h"
#include "core/unique_fd.h"

namespace millrace::bench {
namespace {

struct Floor {
  core::Ring& ring;
  core::RecvBuffers& buffers;
  const std::string& answer;
};

/// One connection: an armed receive, and a send at times. Gone when neither is in flight.
class Visitor {
 public:
  Visitor(Floor& floor, core::UniqueFd socket) noexcept
      : floor_(floor), socket_(std::move(socket)), receive_(*this), send_(*this) {
    arm();
  }

 private:
  struct Part : core::Op {
    Part(Visitor& its_owner, Complete complete) noexcept : Op(complete), owner(its_owner) {}
    Visitor& owner;
  };
  struct Receive final : Part {
    explicit Receive(Visitor& owner) noexcept
        : Part(owner, [](core::Op* op, int32_t result, uint32_t flags) noexcept {
            static_cast<Receive*>(op)->owner.on_received(result, flags);
          }) {}
  };
  struct Send final : Part {
    explicit Send(Visitor& owner) noexcept
        : Part(owner, [](core::Op* op, int32_t result, uint32_t) noexcept {
            static_cast<Send*>(op)->owner.on_sent(result);
          }) {}
  };

  void arm() noexcept {
    io_uring_sqe* sqe = floor_.ring.next_sqe();
    io_uring_prep_recv_multishot(sqe, socket_.get(), nullptr, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = core::RecvBuffers::kGroup;
    core::Ring::address(sqe, &receive_);
    is_armed_ = true;
  }

  void on_received(int32_t result, uint32_t flags) noexcept {
    if ((flags & IORING_CQE_F_MORE) == 0) is_armed_ = false;
    bool answers = false;
    if ((flags & IORING_CQE_F_BUFFER) != 0) {
      const core::RecvChunk chunk = floor_.buffers.chunk(flags, static_cast<size_t>(result));
      const auto bytes = chunk.bytes();
      answers = std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
                    .ends_with("\r\n\r\n");
    }
    if (!answers) return is_armed_ ? shut() : leave();
    if (!is_armed_) arm();
    io_uring_sqe* sqe = floor_.ring.next_sqe();
    io_uring_prep_send(sqe, socket_.get(), floor_.answer.data(), floor_.answer.size(),
                       MSG_WAITALL | MSG_NOSIGNAL);
    core::Ring::address(sqe, &send_);
    is_sending_ = true;
  }

  void on_sent(int32_t result) noexcept {
    is_sending_ = false;
    if (result == static_cast<int32_t>(floor_.answer.size())) return;
    shut();
    leave();
  }

  void shut() noexcept { ::shutdown(socket_.get(), SHUT_RDWR); }
  void leave() noexcept {
    if (!is_armed_ && !is_sending_) delete this;
  }

  Floor& floor_;
  core::UniqueFd socket_;
  Receive receive_;
  Send send_;
  bool is_armed_ = false;
  bool is_sending_ = false;
};

class Accept final : public core::Op {
 public:
  Accept(Floor& floor, int listener) noexcept
      : Op([](core::Op* op, int32_t result, uint32_t flags) noexcept {
          static_cast<Accept*>(op)->on_accepted(result, flags);
        }),
        floor_(floor),
        listener_(listener) {
    arm();
  }

 private:
  void arm() noexcept {
    io_uring_sqe* sqe = floor_.ring.next_sqe();
    io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    core::Ring::address(sqe, this);
  }
  void on_accepted(int32_t result, uint32_t flags) noexcept {
    if (result >= 0) {
      const int on = 1;
      ::setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      new Visitor(floor_, core::UniqueFd(result));  // Deletes itself.
    }
    if ((flags & IORING_CQE_F_MORE) == 0) arm();
  }

  Floor& floor_;
  int listener_;
};

core::UniqueFd listen_on(uint16_t port) {
  core::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(socket.get(), 65535) != 0) {
    std::perror("compare_ring_floor");
    std::exit(EXIT_FAILURE);
  }
  return socket;
}

[[noreturn]] void serve(uint16_t port, const char* path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string body(std::istreambuf_iterator<char>(stream), {});
  const std::string answer =
      "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
      "Content-Type: application/vnd.apple.mpegurl\r\nContent-Length: " +
      std::to_string(body.size()) +
      "\r\nLast-Modified: Sun, 22 Nov 2026 11:00:00 GMT\r\nETag: \"0123456789abcdef\"\r\n\r\n" +
      body;
  const auto created = core::Ring::create(core::Reactor::kUring);
  MR_ASSERT(created);
  core::Ring& ring = **created;
  core::Result<core::RecvBuffers> buffers = core::RecvBuffers::create(ring, {});
  MR_ASSERT(buffers);
  Floor floor{.ring = ring, .buffers = *buffers, .answer = answer};
  const core::UniqueFd listener = listen_on(port);
  const Accept accept(floor, listener.get());
  for (;;) {
    ring.wait(std::nullopt);
    ring.reap();
  }
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc != 3) {
    std::fprintf(stderr, "usage: compare_ring_floor PORT FILE\n");
    return 64;
  }
  millrace::bench::serve(static_cast<uint16_t>(std::atoi(argv[1])), argv[2]);
}
