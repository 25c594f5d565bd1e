#include "http/http1_body.h"

#include <algorithm>
#include <string_view>

#include "core/hash.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

// 64 KiB: less than what opening another connection costs both sides at 10 Mbit/s and 50 ms.
constexpr uint64_t kSkipBytesMax = 64 * 1024;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Http1Body::Http1Body(core::Core& core, Transport& transport, Http1Input& input,
                     const Http1Head& head, const Limits& limits, core::Cancellation& gone)
    : core_(core),
      transport_(transport),
      input_(input),
      gone_(gone),
      allowance_(limits.stall_timeout, limits.given_bytes_min),
      left_(head.request.content_length.value_or(0)),
      owes_continue_(head.expects_continue),
      listen_(transport) {
  if (head.is_chunked) chunks_.emplace(limits);
  if (!chunks_ && left_ == 0) finish();
}

void Http1Body::finish() noexcept {
  done_ = true;
  if (input_.has_bytes()) return;
  transport_.watch_end(&gone_);
  if (!transport_.is_listening()) core_.schedule(listen_);
}

Task<Result<std::span<const std::byte>>> Http1Body::next() {
  if (failed_) co_return fail(ErrorCode::kClosed, "the request body has failed before");
  input_.consume(std::exchange(handed_out_, 0));
  while (!done_) {
    const auto bytes = co_await wait_for_bytes();
    if (!bytes) {
      failed_ = true;
      co_return std::unexpected(bytes.error());
    }
    const auto step = decode(*bytes);
    if (!step) {
      failed_ = true;
      co_return std::unexpected(step.error());
    }
    handed_out_ = step->data.size();
    input_.consume(step->consumed - handed_out_);
    if (!step->data.empty()) co_return step->data;
  }
  finish();
  co_return std::span<const std::byte>();
}

// Where data is found the bytes before it are framing, so consuming those first is in order.
Result<ChunkDecoder::Step> Http1Body::decode(std::span<const std::byte> bytes) {
  if (chunks_) {
    auto step = chunks_->read(bytes);
    if (step && chunks_->done()) done_ = true;
    return step;
  }
  const auto size = static_cast<size_t>(std::min<uint64_t>(bytes.size(), left_));
  left_ -= size;
  if (left_ == 0) done_ = true;
  return ChunkDecoder::Step{.consumed = size, .data = bytes.first(size)};
}

Task<Result<std::span<const std::byte>>> Http1Body::wait_for_bytes() {
  if (!input_.has_bytes() && owes_continue_) {
    if (const Result<> sent = co_await send_continue(); !sent) {
      co_return std::unexpected(sent.error());
    }
  }
  owes_continue_ = false;  // Who sends a body without being told to does not wait for us.
  core::Cancellation stop;
  core::CancelLink link(gone_, stop);
  Deadline deadline(core_, stop, allowance_.left());
  const core::MonotonicTime start = core_.now();
  const auto bytes = co_await input_.peek(stop);
  if (!bytes) co_return std::unexpected(bytes.error());
  if (bytes->empty()) co_return fail(ErrorCode::kClosed, "closed within a request body");
  allowance_.spend(core_.now() - start);
  allowance_.earn(bytes->size());
  co_return *bytes;
}

Task<Result<>> Http1Body::send_continue() {
  owes_continue_ = false;
  const Result<> sent = co_await transport_.send(core::bytes_of(kContinue));
  may_send_ = sent.has_value();
  co_return sent;
}

bool Http1Body::may_skip_rest() const noexcept {
  return done_ || (!failed_ && !owes_continue_ && !chunks_ && left_ <= kSkipBytesMax);
}

Task<bool> Http1Body::skip_rest() {
  if (!may_skip_rest()) co_return false;
  for (;;) {
    const auto bytes = co_await next();
    if (!bytes) co_return false;
    if (bytes->empty()) co_return true;
  }
}

}  // namespace millrace::http
