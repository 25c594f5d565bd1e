// What a route is asked. Says nothing about the version of HTTP or about TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cancellation.h"
#include "core/result.h"
#include "core/task.h"
#include "http/peer_address.h"
#include "http/request_head.h"
#include "http/route_class.h"

namespace millrace::http {

/// Where the body of a request comes from. Nothing is read from the client before it is asked for.
class RequestBody {
 public:
  virtual ~RequestBody() = default;
  /// The next bytes, valid until the next call; empty: the end. kClosed: the client went away
  /// before it; kTimeout: it sends too slowly; kMalformed, kTooLarge: its framing is bad.
  virtual core::Task<core::Result<std::span<const std::byte>>> next() = 0;
};

/// The values of a pattern's parameters, views into the path of the request.
using PathParams = std::vector<std::pair<std::string_view, std::string_view>>;

/// One request, on the core of its connection, for as long as its route runs. Views that it hands
/// out live as long as it does.
class Request {
 public:
  Request(RequestHead head, RequestBody& body, core::Cancellation& cancellation,
          const PeerAddress& peer);
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Method method() const noexcept { return head_.method; }
  /// Decoded once; holds no `..`, no backslash, no control character, and is UTF-8 (HT-12).
  std::string_view path() const noexcept { return head_.path; }
  const Query& query() const noexcept { return head_.query; }
  /// The first field of that name, "" when absent.
  std::string_view header(std::string_view name) const noexcept { return head_.fields.find(name); }
  /// A parameter of the route's pattern, "" when the pattern has none of that name.
  std::string_view param(std::string_view name) const noexcept;
  /// A parameter written `{name:uint}` in the pattern.
  uint64_t param_uint(std::string_view name) const noexcept;
  /// nullopt: there is no body, or its size is not known in advance.
  std::optional<uint64_t> content_length() const noexcept { return head_.content_length; }

  /// The next bytes of the body, valid until the next call; empty: the end. Errors: RequestBody.
  core::Task<core::Result<std::span<const std::byte>>> read_body() { return body_.next(); }
  /// The whole body. kTooLarge as soon as it must exceed `size_max` bytes.
  core::Task<core::Result<std::string>> read_whole_body(size_t size_max);

  /// Requested when the client hangs up and when the server stops waiting for this response. Give
  /// it to everything that waits.
  core::Cancellation& cancellation() noexcept { return cancellation_; }
  /// Numeric, without a port.
  std::string peer_address() const { return peer_.text(); }

  /// Of the route that it matched.
  RouteClass route_class() const noexcept { return route_class_; }

  void set_route_class(RouteClass route_class) noexcept { route_class_ = route_class; }
  /// Of the route's pattern, also where there is no route for this method.
  const PathParams& params() const noexcept { return params_; }
  void set_params(PathParams params) noexcept { params_ = std::move(params); }

 private:
  RequestHead head_;
  RequestBody& body_;
  core::Cancellation& cancellation_;
  PeerAddress peer_;
  PathParams params_;
  RouteClass route_class_ = RouteClass::kOther;
};

}  // namespace millrace::http
