#include "http/http1_input.h"

#include <algorithm>

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

// One empty line before a request is ignored (RFC 9112, 2.2); it does not count as the head's end.
constexpr std::string_view kEmptyLine = "\r\n";

size_t lead_size(std::string_view text) noexcept {
  return text.starts_with(kEmptyLine) ? kEmptyLine.size() : 0;
}

}  // namespace

Task<Result<std::span<const std::byte>>> Http1Input::peek(core::Cancellation& cancellation) {
  if (!unread_.empty()) co_return unread_;
  auto chunk = co_await transport_.recv(cancellation);
  if (!chunk) co_return std::unexpected(chunk.error());
  chunk_ = std::move(*chunk);
  unread_ = chunk_.bytes();
  co_return unread_;
}

void Http1Input::consume(size_t size) noexcept {
  unread_ = unread_.subspan(size);
  if (unread_.empty()) chunk_.release();
}

// The usual case: all of it came in one piece, perhaps with other requests behind it.
bool Http1Input::take_whole_head(std::span<const std::byte> bytes, std::string& head) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t lead = lead_size(text);
  const size_t end = find_head_end(text.substr(lead), 0);
  if (end == 0) return false;
  head.assign(text.substr(lead, end));
  consume(lead + end);
  return true;
}

std::optional<std::string> Http1Input::try_read_head() {
  if (unread_.empty()) {
    auto chunk = transport_.try_recv();
    if (!chunk) return std::nullopt;
    chunk_ = std::move(*chunk);
    unread_ = chunk_.bytes();
  }
  std::string head;
  if (!take_whole_head(unread_, head)) return std::nullopt;
  return head;
}

Task<Result<std::string>> Http1Input::read_head(core::Cancellation& cancellation) {
  std::string head;
  for (;;) {
    const auto bytes = co_await peek(cancellation);
    if (!bytes) co_return std::unexpected(bytes.error());
    if (bytes->empty()) co_return fail(ErrorCode::kClosed, "closed within a request");
    if (head.empty() && take_whole_head(*bytes, head)) co_return head;
    const size_t before = head.size();
    const size_t room = limits_.head_bytes_max + kEmptyLine.size() - before;
    const size_t taken = std::min(bytes->size(), room);
    head.append(reinterpret_cast<const char*>(bytes->data()), taken);
    const size_t lead = lead_size(head);
    const size_t end =
        find_head_end(std::string_view(head).substr(lead), before > lead ? before - lead : 0);
    if (end == 0) {
      consume(taken);
      if (taken == room) co_return fail(ErrorCode::kTooLarge, "head too large");
      continue;
    }
    consume(lead + end - before);
    head.resize(lead + end);
    head.erase(0, lead);
    co_return head;
  }
}

}  // namespace millrace::http
