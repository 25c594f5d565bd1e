// One connection of the load: sends a request, reads the head of the answer, drops its body.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"

namespace millrace::bench {

/// What is asked for; the same for all viewers.
struct Plan {
  uint16_t port = 0;
  std::vector<std::string> requests;  ///< Whole, one after the other.
  bool closes = false;                ///< A new connection for each request.
};

/// A body of more than one read is dropped in the kernel (MSG_TRUNC), so that the load costs less
/// than the server. Non-blocking throughout.
class Viewer {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Outcome : uint8_t { kWaits, kDone, kFailed };

  explicit Viewer(const Plan& plan) noexcept : plan_(&plan) {}

  /// False when there is no descriptor or port left.
  bool connect(int epoll, uint32_t index);
  /// Sends the next request, on a new connection where there is none.
  bool begin(int epoll, uint32_t index, size_t which, Time now);
  /// Reads what is there. After kDone and kFailed `begin` is next.
  Outcome advance();
  void hang_up() noexcept { socket_.reset(); }

  Time began() const noexcept { return began_; }
  uint64_t body_bytes() const noexcept { return body_size_; }
  bool is_connected() const noexcept { return static_cast<bool>(socket_); }

 private:
  Outcome read_head();
  Outcome drop_body();
  Outcome finish() noexcept;
  bool send_rest();
  bool parse_head(std::string_view head) noexcept;

  const Plan* plan_;
  core::UniqueFd socket_;
  Time began_;
  std::string_view unsent_;
  std::string head_;  // Only of a head that came in parts.
  uint64_t body_size_ = 0;
  uint64_t body_left_ = 0;
  bool head_done_ = false;
  bool will_close_ = false;
  bool is_asking_ = false;
};

}  // namespace millrace::bench
