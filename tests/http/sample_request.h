// Requests without a connection, for the tests of routes and of what routes share.
#pragma once

#include <netinet/in.h>

#include <coroutine>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/assert.h"
#include "http/request.h"
#include "http/url.h"

namespace millrace::http::test {

/// A body that arrives in the given portions.
class PortionedBody final : public RequestBody {
 public:
  PortionedBody(std::initializer_list<std::string> portions) : portions_(portions) {}
  core::Task<core::Result<std::span<const std::byte>>> next() override {
    if (portions_.empty()) co_return std::span<const std::byte>();
    current_ = std::move(portions_.front());
    portions_.pop_front();
    co_return std::as_bytes(std::span(current_.data(), current_.size()));
  }

 private:
  std::deque<std::string> portions_;
  std::string current_;
};

/// 192.0.2.7
inline PeerAddress sample_peer() noexcept {
  sockaddr_storage storage{};
  auto& address = reinterpret_cast<sockaddr_in&>(storage);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0xc0000207);
  return PeerAddress(storage);
}

using FieldList = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// A request and all it borrows.
class SampleRequest {
 public:
  SampleRequest(Method method, std::string_view target, FieldList fields = {},
                std::initializer_list<std::string> body = {})
      : body_(body), request_(head(method, target, fields), body_, cancellation_, sample_peer()) {}

  Request& get() noexcept { return request_; }
  core::Cancellation& cancellation() noexcept { return cancellation_; }

 private:
  static RequestHead head(Method method, std::string_view target, FieldList fields) {
    RequestHead head;
    const auto parts = split_target(target);
    MR_ASSERT(parts);
    head.method = method;
    head.path = parts->path == "*" ? "*" : decode_path(parts->path).value();
    head.query = Query::parse(parts->query).value();
    for (const auto& [name, value] : fields) head.fields.add_copy(name, value);
    return head;
  }

  PortionedBody body_;
  core::Cancellation cancellation_;
  Request request_;
};

struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { MR_ASSERT(false); }
  };
};

/// Runs a task that never waits for anything outside, and yields its value.
template <class T>
T run_now(core::Task<T> task) {
  std::optional<T> value;
  [](core::Task<T> awaited, std::optional<T>& into) -> Detached {
    into.emplace(co_await std::move(awaited));
  }(std::move(task), value);
  MR_ASSERT(value.has_value());
  return std::move(*value);
}

}  // namespace millrace::http::test
