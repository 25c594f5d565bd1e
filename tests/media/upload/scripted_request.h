// Requests without a connection, whose bodies come and break off as the test says.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event.h"
#include "http/request.h"
#include "http/url.h"

namespace millrace::media::upload::test {

/// A body in portions; a client that hangs up never says that it is at the end.
struct Sent {
  std::vector<std::string> portions;
  bool hangs_up = false;
  core::Event* waits = nullptr;  ///< Set after the last portion; the body does not end then.
};

class ScriptedBody final : public http::RequestBody {
 public:
  ScriptedBody(Sent sent, core::Cancellation& cancellation)
      : sent_(std::move(sent)), cancellation_(cancellation) {}

  core::Task<core::Result<std::span<const std::byte>>> next() override {
    if (cancellation_.requested()) co_return cancellation_.error();
    if (at_ < sent_.portions.size()) {
      const std::string& portion = sent_.portions[at_++];
      co_return std::as_bytes(std::span(portion.data(), portion.size()));
    }
    if (sent_.waits != nullptr) {
      sent_.waits->set();
      core::Event never;
      static_cast<void>(co_await never.wait(&cancellation_));
      co_return cancellation_.error();
    }
    if (sent_.hangs_up) co_return core::fail(core::ErrorCode::kClosed, "the client hung up");
    co_return std::span<const std::byte>();
  }

 private:
  Sent sent_;
  core::Cancellation& cancellation_;
  size_t at_ = 0;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Asked {
  http::Method method = http::Method::kGet;
  std::string target;
  Fields fields;
  Sent body;
  std::optional<uint64_t> content_length;
};

inline http::RequestHead head_of(const Asked& asked) {
  http::RequestHead head;
  const auto parts = http::split_target(asked.target);
  head.method = asked.method;
  head.path = http::decode_path(parts->path).value();
  head.query = http::Query::parse(parts->query).value();
  for (const auto& [name, value] : asked.fields) head.fields.add_copy(name, value);
  head.content_length = asked.content_length;
  return head;
}

}  // namespace millrace::media::upload::test
