// From method and path to a route.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/endpoint.h"
#include "http/method.h"
#include "http/path_pattern.h"

namespace millrace::http {

/// A tree of segments. Where several patterns match, the more literal one wins, segment by segment;
/// patterns are those of SegmentPattern, joined by '/'. Filled at start, then only read.
class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// Adding the same method and pattern twice is a bug.
  void add(Method method, std::string_view pattern, Endpoint endpoint);

  struct Route {
    Method method;
    std::string pattern;
  };
  /// In the order they were added; for the test that compares them with the OpenAPI file.
  const std::vector<Route>& list() const noexcept { return routes_; }

  struct Match {
    /// By method; no `call` where the path has no such route. HEAD is GET's unless it has its own.
    const std::array<Endpoint, kMethodCount>* endpoints = nullptr;
    PathParams params;

    const Endpoint* find(Method method) const noexcept;
    /// "GET, HEAD, OPTIONS": for the Allow field.
    std::string allowed_methods() const;
  };
  /// nullopt: no route has such a path. The parameters are views into `path`, their names into
  /// this.
  std::optional<Match> match(std::string_view path) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<Route> routes_;
};

}  // namespace millrace::http
