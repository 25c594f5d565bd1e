// The body of an HTTP/1.1 request.
#pragma once

#include <optional>
#include <span>

#include "core/run_queue.h"
#include "http/chunk_decoder.h"
#include "http/http1_input.h"
#include "http/request.h"

namespace millrace::http {

/// Reads what a head announced, as the route asks for it. The first read sends `100 Continue` to a
/// client that waits for it.
class Http1Body final : public RequestBody {
 public:
  /// `gone` is the request's: a read ends when it is requested, and it is requested here when the
  /// client hangs up after its request was complete.
  Http1Body(core::Core& core, Transport& transport, Http1Input& input, const Http1Head& head,
            const Limits& limits, core::Cancellation& gone);
  ~Http1Body() override { transport_.watch_end(nullptr); }

  core::Task<core::Result<std::span<const std::byte>>> next() override;

  /// The whole body has been read, or there is none.
  bool done() const noexcept { return done_; }
  /// False: a part of `100 Continue` was sent, and no response may follow it.
  bool may_send() const noexcept { return may_send_; }
  /// Reads and drops the rest, if it is short. False: the next request cannot be found.
  core::Task<bool> skip_rest();
  /// Whether `skip_rest` would try.
  bool may_skip_rest() const noexcept;

 private:
  core::Task<core::Result<>> send_continue();
  core::Task<core::Result<std::span<const std::byte>>> wait_for_bytes();
  core::Result<ChunkDecoder::Step> decode(std::span<const std::byte> bytes);
  void finish() noexcept;

  /// Listens for the client's end, unless the answer is there at once, as most are.
  class Listen final : public core::Runnable {
   public:
    explicit Listen(Transport& transport) noexcept
        : Runnable([](core::Runnable* runnable) noexcept {
            static_cast<Listen*>(runnable)->transport_.listen();
          }),
          transport_(transport) {}

   private:
    Transport& transport_;
  };

  core::Core& core_;
  Transport& transport_;
  Http1Input& input_;
  core::Cancellation& gone_;
  StallAllowance allowance_;
  std::optional<ChunkDecoder> chunks_;
  uint64_t left_;          // of a body with Content-Length
  size_t handed_out_ = 0;  // consumed by the next call
  bool owes_continue_;
  bool done_ = false;
  bool failed_ = false;
  bool may_send_ = true;
  Listen listen_;
};

}  // namespace millrace::http
