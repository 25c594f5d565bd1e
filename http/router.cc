#include "http/router.h"

#include <algorithm>

#include "core/assert.h"

namespace millrace::http {

struct Router::Node {
  struct Child {
    SegmentPattern pattern;
    std::unique_ptr<Node> node;
  };

  std::vector<Child> children;  // by falling rank
  std::array<Endpoint, kMethodCount> endpoints{};

  bool has_endpoint() const noexcept {
    return std::ranges::any_of(endpoints, [](const Endpoint& e) { return e.call != nullptr; });
  }

  Node& child(std::string_view segment) {
    for (Child& present : children) {
      if (present.pattern.text() == segment) return *present.node;
    }
    SegmentPattern pattern(segment);
    const auto place = std::ranges::find_if(
        children, [&](const Child& other) { return other.pattern.rank() < pattern.rank(); });
    return *children.insert(place, Child{std::move(pattern), std::make_unique<Node>()})->node;
  }

  // `rest` is what follows a '/'. Null when nothing matches; depth is bounded by the patterns'.
  const Node* find(std::string_view rest, PathParams& params) const {
    const size_t slash = rest.find('/');
    for (const Child& candidate : children) {
      const size_t before = params.size();
      const bool is_end = slash == rest.npos || candidate.pattern.takes_rest();
      const std::string_view segment = is_end ? rest : rest.substr(0, slash);
      if (!candidate.pattern.match(segment, params)) continue;
      const Node* found = candidate.node.get();
      found = is_end ? (found->has_endpoint() ? found : nullptr)
                     : found->find(rest.substr(slash + 1), params);
      if (found != nullptr) return found;
      params.resize(before);
    }
    return nullptr;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

void Router::add(Method method, std::string_view pattern, Endpoint endpoint) {
  MR_ASSERT(pattern.starts_with('/') && endpoint.call != nullptr);
  Node* node = root_.get();
  std::string_view rest = pattern.substr(1);
  for (bool last = false; !last;) {
    const size_t slash = rest.find('/');
    last = slash == rest.npos;
    node = &node->child(rest.substr(0, slash));
    if (!last) rest.remove_prefix(slash + 1);
  }
  Endpoint& slot = node->endpoints[static_cast<size_t>(method)];
  MR_ASSERT(slot.call == nullptr);
  slot = endpoint;
  routes_.push_back({method, std::string(pattern)});
}

std::optional<Router::Match> Router::match(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  Match match;
  const Node* node = root_->find(path.substr(1), match.params);
  if (node == nullptr) return std::nullopt;
  match.endpoints = &node->endpoints;
  return match;
}

const Endpoint* Router::Match::find(Method method) const noexcept {
  const Endpoint& own = (*endpoints)[static_cast<size_t>(method)];
  if (own.call != nullptr) return &own;
  const Endpoint& get = (*endpoints)[static_cast<size_t>(Method::kGet)];
  return method == Method::kHead && get.call != nullptr ? &get : nullptr;
}

std::string Router::Match::allowed_methods() const {
  std::string allowed;
  for (unsigned i = 0; i < kMethodCount; ++i) {
    const Method method = static_cast<Method>(i);
    if (method != Method::kOptions && find(method) == nullptr) continue;
    if (!allowed.empty()) allowed.append(", ");
    allowed.append(to_string(method));
  }
  return allowed;
}

}  // namespace millrace::http
