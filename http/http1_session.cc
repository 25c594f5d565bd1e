#include "http/http1_session.h"

#include <chrono>
#include <utility>

#include "core/hash.h"
#include "http/date_field.h"
#include "http/deadline.h"
#include "http/dispatch.h"
#include "http/exchange.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::Result;
using core::Task;

// Below this a body is copied behind its head, so that both leave in one send.
constexpr size_t kJoinBytesMax = 32 * 1024;
// Of a laid out file: 8 KiB of slices at a time, whatever its length.
constexpr size_t kSlicesAtOnce = 256;

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

}  // namespace

Http1Session::Http1Session(core::Core& core, Transport& transport, const PeerAddress& peer,
                           const Site& site, core::Cancellation& abort,
                           core::RecvChunk first) noexcept
    : core_(core),
      transport_(transport),
      peer_(peer),
      site_(site),
      abort_(abort),
      input_(transport, site.limits, std::move(first)) {}

Task<SessionEnd> Http1Session::run() {
  for (;;) {
    const Next next = co_await serve_one();
    if (next == Next::kLinger) co_return SessionEnd::kLinger;
    if (next == Next::kClose || draining_) co_return SessionEnd::kClose;
    if (!input_.has_bytes()) co_return SessionEnd::kIdle;
  }
}

void Http1Session::drain() noexcept {
  draining_ = true;
  if (current_ != nullptr && is_streaming_) current_->request();
}

void Http1Session::release() noexcept {
  draining_ = true;
  if (current_ != nullptr) current_->request();
}

Task<Http1Session::Next> Http1Session::serve_one() {
  if (auto ready = input_.try_read_head()) {
    auto head = parse_http1_head(std::move(*ready), site_.limits);
    if (!head) co_return co_await refuse(head.error());
    co_return co_await answer(std::move(*head));
  }
  auto head = co_await read_head();
  if (!head && head.error().status == 0) co_return Next::kClose;
  if (!head) co_return co_await refuse(head.error());
  co_return co_await answer(std::move(*head));
}

Task<std::expected<Http1Head, Refusal>> Http1Session::read_head() {
  core::Cancellation late;
  core::CancelLink link(abort_, late);
  Deadline deadline(core_, late, site_.limits.head_timeout);
  Current current(current_, late);
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

Task<Http1Session::Next> Http1Session::refuse(Refusal refusal) {
  const Outgoing outgoing = answer_of(refusal, site_);
  const uint64_t sent_before = transport_.sent_bytes();
  const Http1Terms terms{.is_http10 = false, .keeps_alive = false, .is_chunked = false};
  const Result<> sent = co_await send(outgoing, terms, Next::kLinger, abort_);
  const uint64_t bytes = transport_.sent_bytes() - sent_before;
  site_.metrics.count_exchange(RouteClass::kOther, bytes);
  if (site_.access_log != nullptr) {
    site_.access_log->record_unread(peer_.text(),
                                    {.began = core_.clock().unix_now(),
                                     .status = refusal.status,
                                     .bytes = bytes,
                                     .protocol = "HTTP/1.1",
                                     .ending = sent ? Ending::kWhole : Ending::kBroken});
  }
  co_return sent ? Next::kLinger : Next::kClose;
}

Task<Http1Session::Next> Http1Session::answer(Http1Head head) {
  const bool is_http10 = head.is_http10;
  const bool keeps_alive = head.keeps_alive;
  core::Cancellation cancellation;
  core::CancelLink link(abort_, cancellation);
  Current current(current_, cancellation);
  Http1Body body(core_, transport_, input_, head, site_.limits, cancellation);
  Request request(std::move(head.request), body, cancellation, peer_);
  Exchange exchange(core_.clock(), site_, request, is_http10 ? "HTTP/1.0" : "HTTP/1.1");
  const Outgoing outgoing = co_await dispatch(core_.clock(), site_, request);
  exchange.answered(outgoing.status);
  const Http1Terms terms =
      terms_for(outgoing, is_http10, keeps_alive && !draining_ && body.may_skip_rest());
  const uint64_t sent_before = transport_.sent_bytes();
  Result<> sent = core::fail(ErrorCode::kClosed, "100 Continue");
  const Next last = body.done() && !input_.has_bytes() ? Next::kClose : Next::kLinger;
  const Next after = terms.keeps_alive ? Next::kRequest : last;
  if (body.may_send()) sent = co_await send(outgoing, terms, after, cancellation);
  exchange.sent(transport_.sent_bytes() - sent_before);
  if (!sent) co_return Next::kClose;
  exchange.completed();
  if (after != Next::kRequest) co_return after;
  co_return co_await body.skip_rest() ? Next::kRequest : Next::kLinger;
}

std::string Http1Session::head_of(const Outgoing& outgoing, const Http1Terms& terms) {
  std::string head;
  head.reserve(1024);
  append_http1_head(head, outgoing, terms, date_at(core_.unix_now()));
  return head;
}

core::Snapshot<std::string> Http1Session::prepared(const Outgoing& outgoing,
                                                   const Http1Terms& terms) {
  const PreparedAnswer::Form form{.date = date_at(core_.unix_now()),
                                  .keeps_alive = terms.keeps_alive};
  if (auto known = outgoing.prepared->find(form)) return known;
  std::string bytes = head_of(outgoing, terms);
  if (const auto* shared = std::get_if<SharedBytes>(&outgoing.body)) bytes += *shared->identity;
  return outgoing.prepared->keep(form, std::move(bytes));
}

Task<Result<>> Http1Session::send(const Outgoing& outgoing, const Http1Terms& terms, Next after,
                                  core::Cancellation& cancellation) {
  transport_.allowance().renew();
  if (outgoing.prepared != nullptr && !terms.is_http10) {
    return send_prepared(outgoing, terms, after);
  }
  return send_made(outgoing, terms, after, cancellation);
}

Task<Result<>> Http1Session::send_prepared(const Outgoing& outgoing, const Http1Terms& terms,
                                           Next after) {
  const core::Snapshot<std::string> bytes = prepared(outgoing, terms);
  if (const auto* files = std::get_if<FileSlices>(&outgoing.body)) {
    co_return co_await transport_.send_files(core::bytes_of(*bytes), files->slices);
  }
  co_return co_await send_whole(*bytes, after);
}

Task<Result<>> Http1Session::send_whole(std::string_view bytes, Next after) {
  const auto whole = core::bytes_of(bytes);
  return after == Next::kClose ? transport_.send_last(whole) : transport_.send(whole);
}

Task<Result<>> Http1Session::send_made(const Outgoing& outgoing, const Http1Terms& terms,
                                       Next after, core::Cancellation& cancellation) {
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
  if (const auto* part = std::get_if<LayoutPart>(&outgoing.body)) {
    co_return co_await send_layout(std::move(head), *part);
  }
  const auto* stream = std::get_if<std::unique_ptr<BodyStream>>(&outgoing.body);
  if (text == nullptr && stream == nullptr) co_return co_await send_whole(head, after);
  if (const Result<> sent = co_await transport_.send(core::bytes_of(head)); !sent) co_return sent;
  if (text != nullptr) co_return co_await transport_.send(core::bytes_of(*text));
  co_return co_await send_stream(**stream, terms, cancellation);
}

Task<Result<>> Http1Session::send_layout(std::string head, const LayoutPart& part) {
  const std::string_view made_up = part.head();
  if (head.size() + made_up.size() <= kJoinBytesMax) {
    head.append(made_up);
  } else {
    Result<> sent = co_await transport_.send(core::bytes_of(head));
    if (sent) sent = co_await transport_.send(core::bytes_of(made_up));
    if (!sent) co_return sent;
    head.clear();
  }
  for (uint64_t position = made_up.size(); position < part.size;) {
    const std::vector<FileSlice> slices = part.slices(position, kSlicesAtOnce);
    const Result<> sent = co_await transport_.send_files(core::bytes_of(head), slices);
    if (!sent) co_return sent;
    head.clear();
    for (const FileSlice& slice : slices) position += slice.size;
  }
  if (head.empty()) co_return Result<>();
  co_return co_await transport_.send(core::bytes_of(head));
}

Task<Result<>> Http1Session::send_stream(BodyStream& stream, const Http1Terms& terms,
                                         core::Cancellation& cancellation) {
  is_streaming_ = true;
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
