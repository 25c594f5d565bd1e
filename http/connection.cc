#include "http/connection.h"

#include <chrono>
#include <utility>

#include "core/hash.h"
#include "core/http_date.h"
#include "core/log.h"
#include "http/deadline.h"
#include "http/problem.h"
#include "http/status.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::Result;
using core::Task;

// Below this a body is copied behind its head, so that both leave in one send.
constexpr size_t kJoinBytesMax = 32 * 1024;

/// Points `where` at `what` while it lives.
class Current {
 public:
  Current(core::Cancellation*& where, core::Cancellation& what) noexcept : where_(where) {
    where_ = &what;
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;
  ~Current() { where_ = nullptr; }

 private:
  core::Cancellation*& where_;
};

void log_request(const Request& request, const Outgoing& outgoing,
                 std::chrono::nanoseconds thought) noexcept {
  using core::log::Level;
  if (!core::log::enabled(Level::kDebug)) return;
  core::log::event(Level::kDebug, "http.request",
                   {{"peer", request.peer_address()},
                    {"method", to_string(request.method())},
                    {"path", request.path()},
                    {"status", outgoing.status},
                    {"bytes", outgoing.content_length.value_or(0)},
                    {"think_us", thought.count() / 1000}});
}

// The text of a Date field, made once a second on each core.
std::string_view date_at(core::UnixTime now) {
  thread_local std::chrono::sys_seconds second;
  thread_local std::string text;
  const auto current = std::chrono::floor<std::chrono::seconds>(now);
  if (text.empty() || current != second) {
    second = current;
    text = core::format_http_date(now);
  }
  return text;
}

}  // namespace

Connection::Connection(core::Core& core, core::UniqueFd socket, std::string peer_address,
                       const Site& site)
    : core_(core),
      site_(site),
      peer_address_(std::move(peer_address)),
      transport_(core, std::move(socket), site.limits, abort_, site.metrics),
      input_(transport_, site.limits) {}

Task<void> Connection::run() {
  Next next = Next::kRequest;
  while (next == Next::kRequest && co_await wait_for_request()) next = co_await serve_one();
  if (next == Next::kLinger) co_await transport_.linger();
  co_await transport_.close();
}

void Connection::drain() noexcept {
  draining_ = true;
  if (current_ != nullptr && phase_ != Phase::kRequest) current_->request();
}

void Connection::release() noexcept {
  draining_ = true;
  if (current_ != nullptr) current_->request();
}

// An idle connection is this frame and an armed receive: no buffer, no parser, no request.
Task<bool> Connection::wait_for_request() {
  if (draining_) co_return false;
  core::Cancellation idle;
  core::CancelLink link(abort_, idle);
  Deadline deadline(core_, idle, site_.limits.idle_timeout);
  phase_ = Phase::kIdle;
  Current current(current_, idle);
  const auto bytes = co_await input_.peek(idle);
  co_return bytes && !bytes->empty();
}

Task<Connection::Next> Connection::serve_one() {
  auto head = co_await read_head();
  if (!head && head.error().status == 0) co_return Next::kClose;
  if (!head) co_return co_await refuse(head.error());
  co_return co_await answer(std::move(*head));
}

Task<std::expected<Http1Head, Refusal>> Connection::read_head() {
  core::Cancellation late;
  core::CancelLink link(abort_, late);
  Deadline deadline(core_, late, site_.limits.head_timeout);
  phase_ = Phase::kRequest;
  auto bytes = co_await input_.read_head(late);
  if (bytes) co_return parse_http1_head(std::move(*bytes), site_.limits);
  switch (bytes.error().code) {
    case ErrorCode::kTimeout:
      co_return std::unexpected(Refusal{.status = 408, .why = "the request took too long"});
    case ErrorCode::kTooLarge:
      co_return std::unexpected(Refusal{.status = 431, .why = "head too large"});
    default:
      co_return std::unexpected(Refusal{.status = 0, .why = "closed"});
  }
}

Task<Connection::Next> Connection::refuse(Refusal refusal) {
  Outgoing outgoing;
  Response response = problem(refusal.status, reason_phrase(refusal.status), refusal.why);
  outgoing.status = response.status;
  outgoing.headers = std::move(response.headers);
  allow_cross_origin(outgoing.headers, site_.cors, "");
  outgoing.content_length = size_of(response.body);
  outgoing.body = std::move(response.body);
  const Http1Terms terms{.is_http10 = false, .keeps_alive = false, .is_chunked = false};
  const Result<> sent = co_await send(outgoing, terms, abort_);
  co_return sent ? Next::kLinger : Next::kClose;
}

Task<Connection::Next> Connection::answer(Http1Head head) {
  const core::MonotonicTime start = core_.clock().now();
  const bool is_http10 = head.is_http10;
  const bool keeps_alive = head.keeps_alive;
  core::Cancellation cancellation;
  core::CancelLink link(abort_, cancellation);
  Current current(current_, cancellation);
  Http1Body body(core_, transport_, input_, head, site_.limits, cancellation);
  Request request(std::move(head.request), body, cancellation, peer_address_);
  const Outgoing outgoing = co_await dispatch(site_.router, site_.cors, request);
  const Http1Terms terms =
      terms_for(outgoing, is_http10, keeps_alive && !draining_ && body.may_skip_rest());
  const auto thought = core_.clock().now() - start;
  site_.metrics.response_time.record(thought);
  log_request(request, outgoing, thought);
  const Result<> sent = co_await send(outgoing, terms, cancellation);
  if (!sent) {
    site_.metrics.broken_responses.add();
    co_return Next::kClose;
  }
  if (!terms.keeps_alive)
    co_return body.done() && !input_.has_bytes() ? Next::kClose : Next::kLinger;
  co_return co_await body.skip_rest() ? Next::kRequest : Next::kLinger;
}

std::string Connection::head_of(const Outgoing& outgoing, const Http1Terms& terms) {
  std::string head;
  head.reserve(1024);
  append_http1_head(head, outgoing, terms, date_at(core_.clock().unix_now()));
  return head;
}

Task<Result<>> Connection::send(const Outgoing& outgoing, const Http1Terms& terms,
                                core::Cancellation& cancellation) {
  site_.metrics.count_response(outgoing.status);
  transport_.allowance().renew();
  std::string head = head_of(outgoing, terms);
  const auto* text = std::get_if<std::string>(&outgoing.body);
  if (const auto* shared = std::get_if<SharedBytes>(&outgoing.body)) text = shared->identity.get();
  if (text != nullptr && text->size() <= kJoinBytesMax) {
    head.append(*text);
    text = nullptr;
  }
  if (const auto* files = std::get_if<FileSlices>(&outgoing.body)) {
    head.append(files->head);
    co_return co_await transport_.send_files(core::bytes_of(head), files->slices);
  }
  if (const Result<> sent = co_await transport_.send(core::bytes_of(head)); !sent) co_return sent;
  if (text != nullptr) co_return co_await transport_.send(core::bytes_of(*text));
  const auto* stream = std::get_if<std::unique_ptr<BodyStream>>(&outgoing.body);
  if (stream != nullptr) co_return co_await send_stream(**stream, terms, cancellation);
  co_return Result<>();
}

Task<Result<>> Connection::send_stream(BodyStream& stream, const Http1Terms& terms,
                                       core::Cancellation& cancellation) {
  phase_ = Phase::kStream;
  if (draining_) cancellation.request();
  for (;;) {
    const auto piece = co_await stream.next(cancellation);
    if (!piece) co_return std::unexpected(piece.error());
    transport_.allowance().renew();
    if (piece->empty()) break;
    const std::string framed = terms.is_chunked ? as_chunk(*piece) : *piece;
    const Result<> sent = co_await transport_.send(core::bytes_of(framed));
    if (!sent) co_return sent;
  }
  if (!terms.is_chunked) co_return Result<>();
  co_return co_await transport_.send(core::bytes_of(kLastChunk));
}

}  // namespace millrace::http
