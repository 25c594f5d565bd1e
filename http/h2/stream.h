// One request and its response.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/cancellation.h"
#include "core/event.h"
#include "core/frame_pool.h"
#include "core/intrusive_list.h"
#include "http/h2/body_cursor.h"
#include "http/h2/head_fields.h"
#include "http/h2/nghttp2.h"
#include "http/h2/priority.h"
#include "http/h2/stream_input.h"
#include "http/outgoing.h"

namespace millrace::http::h2 {

/// Lives until the stream is closed, its route has returned and nothing of it is being sent. Its
/// memory is that of coroutine frames, as it comes and goes with each request.
class Stream final : public core::ListNode {
 public:
  Stream(core::Core& core, Windows& windows, int32_t id, const Limits& limits) noexcept
      : id_(id), input_(core, windows, id, limits, gone_) {}
  static void* operator new(size_t size) { return core::allocate_frame(size); }
  static void operator delete(void* memory, size_t size) noexcept {
    core::free_frame(memory, size);
  }

  int32_t id() const noexcept { return id_; }
  HeadFields& head() noexcept { return *head_; }
  /// Frees the memory of the head.
  HeadFields take_head() noexcept;
  StreamInput& input() noexcept { return input_; }
  /// Requested when nobody wants the answer any more.
  core::Cancellation& gone() noexcept { return gone_; }
  core::Event& changed() noexcept { return changed_; }

  /// What the client has asked for, in the request or since.
  std::optional<Priority> asked;
  /// What the route has said, which nobody overrides.
  std::optional<Priority> own;
  Content content = Content::kOther;

  /// Keeps the response while it is sent; `fields` become its header, as views into it.
  void respond(Outgoing outgoing, std::string_view date, std::vector<nghttp2_nv>& fields);
  /// Adds to that header how urgent the response is (LH-07).
  void add_urgency(uint8_t urgency, std::vector<nghttp2_nv>& fields) noexcept;
  /// Of that header; "" when absent.
  std::string_view field(std::string_view name) const noexcept { return outgoing_.field(name); }
  const Body& body() const noexcept { return outgoing_.body; }
  BodyStream* body_stream() noexcept;
  bool has_responded() const noexcept { return has_responded_; }
  bool has_body() const noexcept;
  BodyCursor& cursor() noexcept { return cursor_; }

  /// Whether frames of it are in the batch that is being sent.
  bool is_in_batch() const noexcept { return batch_link_.linked(); }
  struct BatchLink final : core::ListNode {
    explicit BatchLink(Stream& owner) noexcept : stream(owner) {}
    Stream& stream;
  };
  BatchLink& batch_link() noexcept { return batch_link_; }

  bool is_serving = false;  ///< Its route, or what feeds its body, has not returned.
  bool is_closed = false;   ///< nghttp2 knows it no more.
  bool is_sent = false;     ///< To the last frame.

  void count_sent(size_t size) noexcept {
    sent_since_progress_ += size;
    sent_bytes_ += size;
  }
  /// Of its body.
  uint64_t sent_bytes() const noexcept { return sent_bytes_; }
  /// To be asked kStallChecks times in a stall time-out, with whether the peer's windows hold it
  /// back. False: for all that time it has taken fewer than `bytes_min` bytes.
  static constexpr unsigned kStallChecks = 4;
  bool makes_progress(bool is_blocked, size_t bytes_min) noexcept;

 private:
  int32_t id_;
  std::optional<HeadFields> head_{std::in_place};
  core::Cancellation gone_;
  core::Event changed_;
  StreamInput input_;
  Outgoing outgoing_;
  std::array<char, 3> status_{};  // What its header has besides.
  std::array<char, 3> urgency_{};
  std::array<char, 20> length_{};
  std::array<char, 29> date_{};
  bool has_responded_ = false;
  BodyCursor cursor_;
  BatchLink batch_link_{*this};
  uint8_t blocked_checks_ = 0;
  uint64_t sent_since_progress_ = 0;
  uint64_t sent_bytes_ = 0;
};

}  // namespace millrace::http::h2
