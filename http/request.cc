#include "http/request.h"

#include "http/token.h"

namespace millrace::http {

Request::Request(RequestHead head, RequestBody& body, core::Cancellation& cancellation,
                 const PeerAddress& peer)
    : head_(std::move(head)), body_(body), cancellation_(cancellation), peer_(peer) {}

std::string_view Request::param(std::string_view name) const noexcept {
  for (const auto& [present, value] : params_) {
    if (present == name) return value;
  }
  return {};
}

uint64_t Request::param_uint(std::string_view name) const noexcept {
  return parse_decimal(param(name)).value_or(0);  // The router has matched digits only.
}

core::Task<core::Result<std::string>> Request::read_whole_body(size_t size_max) {
  if (content_length().value_or(0) > size_max) {
    co_return core::fail(core::ErrorCode::kTooLarge, "request body too large");
  }
  std::string whole;
  for (;;) {
    const auto bytes = co_await read_body();
    if (!bytes) co_return std::unexpected(bytes.error());
    if (bytes->empty()) co_return whole;
    if (bytes->size() > size_max - whole.size()) {
      co_return core::fail(core::ErrorCode::kTooLarge, "request body too large");
    }
    whole.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
}

}  // namespace millrace::http
