#include "http/client/client_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/io/send.h"
#include "http/http1_head.h"

namespace millrace::http {
namespace {

using core::Cancellation;
using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

std::string text_of(const ClientRequest& request) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", to_string(request.method),
                                 request.target, request.host);
  text += request.headers.lines();
  if (!request.body.empty()) {
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", request.body.size());
  }
  text += "\r\n";
  text += request.body;
  return text;
}

}  // namespace

ClientConnection::ClientConnection(core::Core& core, core::UniqueFd socket)
    : core_(core), socket_(std::move(socket)), received_(core, socket_.get()) {}

Task<Result<std::unique_ptr<ClientConnection>>> ClientConnection::open(core::Core& core,
                                                                       core::io::SocketAddress to,
                                                                       Cancellation* cancellation) {
  Result<core::UniqueFd> socket = co_await core::io::connect(core, to, cancellation);
  if (!socket) co_return std::unexpected(socket.error());
  co_return std::make_unique<ClientConnection>(core, std::move(*socket));
}

Task<Result<ResponseHead>> ClientConnection::request(const ClientRequest& request,
                                                     Cancellation* cancellation) {
  is_whole_ = false;
  if (const auto sent = co_await send(text_of(request), cancellation); !sent) {
    co_return std::unexpected(sent.error());
  }
  for (;;) {
    Result<std::string> text = co_await read_head(cancellation);
    if (!text) co_return std::unexpected(text.error());
    Result<ResponseHead> head = parse_response_head(std::move(*text), request.method, limits_);
    if (!head) co_return std::unexpected(head.error());
    if (head->status < 200) continue;
    begin_body(*head);
    co_return head;
  }
}

Task<Result<>> ClientConnection::send(std::string_view bytes, Cancellation* cancellation) {
  const auto sent = co_await core::io::Send(core_.ring(), socket_.get(),
                                            std::as_bytes(std::span(bytes.data(), bytes.size())), 0,
                                            cancellation);
  if (!sent) co_return std::unexpected(sent.error());
  if (*sent != bytes.size()) co_return fail(ErrorCode::kClosed, "the server took half a request");
  co_return Result<>{};
}

Task<Result<std::string>> ClientConnection::read_head(Cancellation* cancellation) {
  std::string head;
  for (;;) {
    if (const auto filled = co_await fill(cancellation); !filled) {
      co_return std::unexpected(filled.error());
    }
    if (unread_.empty()) co_return fail(ErrorCode::kClosed, "the server closed before it answered");
    const size_t known = head.size();
    head.append(reinterpret_cast<const char*>(unread_.data()), unread_.size());
    if (const size_t size = find_head_end(head, known); size != 0) {
      static_cast<void>(take(size - known));
      head.resize(size);
      co_return head;
    }
    static_cast<void>(take(unread_.size()));
    if (head.size() > limits_.head_bytes_max) {
      co_return fail(ErrorCode::kTooLarge, "a response's head");
    }
  }
}

Task<Result<>> ClientConnection::fill(Cancellation* cancellation) {
  if (!unread_.empty()) co_return Result<>{};
  chunk_.release();
  Result<core::RecvChunk> chunk = co_await received_.next(cancellation);
  if (!chunk) co_return std::unexpected(chunk.error());
  chunk_ = std::move(*chunk);
  unread_ = chunk_.bytes();
  co_return Result<>{};
}

void ClientConnection::begin_body(const ResponseHead& head) {
  body_left_ = head.content_length;
  chunks_.reset();
  if (head.is_chunked) chunks_.emplace(limits_);
  keeps_alive_ = head.keeps_alive;
  is_whole_ = body_left_ == 0;
}

std::span<const std::byte> ClientConnection::take(size_t size) noexcept {
  const auto taken = unread_.first(size);
  unread_ = unread_.subspan(size);
  return taken;
}

Task<Result<std::span<const std::byte>>> ClientConnection::read_body(Cancellation* cancellation) {
  for (;;) {
    if (is_whole_) {
      if (unread_.empty()) chunk_.release();
      co_return std::span<const std::byte>();
    }
    if (const auto filled = co_await fill(cancellation); !filled) {
      co_return std::unexpected(filled.error());
    }
    if (unread_.empty()) {
      if (body_left_ || chunks_) co_return fail(ErrorCode::kClosed, "the body was cut off");
      is_whole_ = true;
    } else if (chunks_) {
      const auto step = chunks_->read(unread_);
      if (!step) co_return std::unexpected(step.error());
      static_cast<void>(take(step->consumed));
      is_whole_ = chunks_->done();
      if (!step->data.empty()) co_return step->data;
    } else if (body_left_) {
      const auto bytes = take(static_cast<size_t>(std::min<uint64_t>(*body_left_, unread_.size())));
      *body_left_ -= bytes.size();
      is_whole_ = *body_left_ == 0;
      co_return bytes;
    } else {
      co_return take(unread_.size());
    }
  }
}

Task<Result<std::string>> ClientConnection::read_whole_body(size_t size_max,
                                                            Cancellation* cancellation) {
  std::string body;
  if (body_left_.value_or(0) > size_max) co_return fail(ErrorCode::kTooLarge, "a response's body");
  for (;;) {
    const auto bytes = co_await read_body(cancellation);
    if (!bytes) co_return std::unexpected(bytes.error());
    if (bytes->empty()) co_return body;
    if (body.size() + bytes->size() > size_max) {
      co_return fail(ErrorCode::kTooLarge, "a response's body");
    }
    body.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
}

Task<void> ClientConnection::close() {
  unread_ = {};
  chunk_.release();
  co_await received_.stop();
  socket_.reset();
}

}  // namespace millrace::http
