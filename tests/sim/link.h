// A TCP connection between a simulated client and the server, in memory.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace::sim {

/// Bytes on their way, in order.
class Pipe {
 public:
  explicit Pipe(size_t capacity) noexcept : capacity_(capacity) {}

  [[nodiscard]] size_t size() const noexcept { return bytes_.size() - taken_; }
  [[nodiscard]] size_t room() const noexcept { return size() < capacity_ ? capacity_ - size() : 0; }
  [[nodiscard]] std::string_view front(size_t most) const noexcept {
    return std::string_view(bytes_).substr(taken_, most);
  }
  void put(std::string_view bytes) { bytes_.append(bytes); }
  void take(size_t size) noexcept {
    taken_ += size;
    if (taken_ < bytes_.size() / 2) return;
    bytes_.erase(0, taken_);
    taken_ = 0;
  }
  void drop() noexcept { take(size()); }
  void widen(size_t capacity) noexcept { capacity_ = capacity; }

 private:
  size_t capacity_;
  std::string bytes_;
  size_t taken_ = 0;
};

/// Both ends. What the server's system calls find there is said as the kernel does: a count, or a
/// negative errno.
class Link {
 public:
  struct Capacity {
    size_t to_server;
    size_t to_client;
  };
  Link(uint64_t number, uint32_t address, Capacity capacity) noexcept
      : number_(number),
        address_(address),
        to_server_(capacity.to_server),
        to_client_(capacity.to_client) {}

  [[nodiscard]] uint64_t number() const noexcept { return number_; }
  [[nodiscard]] uint32_t address() const noexcept { return address_; }

  /// How the client sees the connection.
  enum class State : uint8_t { kOpen, kFinished, kReset };

  [[nodiscard]] State client_state() const noexcept;
  size_t client_send(std::string_view bytes);
  [[nodiscard]] std::string_view client_peek(size_t most) const noexcept {
    return to_client_.front(most);
  }
  void client_take(size_t size) noexcept { to_client_.take(size); }
  void client_finish() noexcept { client_finished_ = true; }
  /// From now on a good connection.
  void widen() noexcept {
    to_server_.widen(300'000);
    to_client_.widen(300'000);
  }
  /// Everything that is on its way is lost.
  void client_reset() noexcept;
  /// The client is gone in good order; what it is sent now is answered by a reset.
  void client_close() noexcept;

  /// What `receive` would yield at most.
  [[nodiscard]] size_t waiting() const noexcept { return to_server_.size(); }
  ssize_t receive(std::span<std::byte> into) noexcept;
  [[nodiscard]] size_t room() const noexcept { return to_client_.room(); }
  [[nodiscard]] size_t unsent() const noexcept { return to_client_.size(); }
  ssize_t send(std::string_view bytes);
  /// POLLIN, POLLOUT, POLLERR, POLLHUP, POLLRDHUP.
  [[nodiscard]] short ready() const noexcept;
  int shut(int how) noexcept;
  /// The server closes its descriptor. Over unread bytes that resets the connection.
  void server_close() noexcept;
  /// As if the network had failed: with ECONNRESET, or ETIMEDOUT.
  void fail(int os_errno) noexcept;

 private:
  [[nodiscard]] bool is_broken() const noexcept { return broken_by_ != 0; }
  void break_with(int os_errno) noexcept;

  const uint64_t number_;
  const uint32_t address_;
  Pipe to_server_;
  Pipe to_client_;
  bool client_finished_ = false;  // Has said that it sends nothing more.
  bool client_gone_ = false;
  bool server_finished_ = false;
  bool server_reads_no_more_ = false;
  bool server_gone_ = false;
  bool client_is_reset_ = false;
  int broken_by_ = 0;          // errno that ended the connection.
  bool error_is_new_ = false;  // The server has not been told of it.
};

}  // namespace millrace::sim
