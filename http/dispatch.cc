#include "http/dispatch.h"

#include "core/log.h"
#include "http/problem.h"

namespace millrace::http {
namespace {

Response answer_options(const Request& request, const CorsPolicy& cors,
                        const std::string& methods) {
  Response response = Response::no_content().with("Allow", methods);
  if (!request.header("Access-Control-Request-Method").empty()) {
    allow_preflight(response.headers, cors, methods);
  }
  return response;
}

bool is_preflight(const Request& request) noexcept {
  return request.method() == Method::kOptions &&
         !request.header("Access-Control-Request-Method").empty();
}

core::Task<core::Result<Response>> run_route(const Router& router, const CorsPolicy& cors,
                                             Request& request) {
  if (request.path() == "*") co_return answer_options(request, cors, "GET, HEAD, OPTIONS");
  std::optional<Router::Match> match = router.match(request.path());
  if (!match) co_return core::fail(core::ErrorCode::kNotFound, "no such address");
  const Endpoint* endpoint = match->find(request.method());
  if (is_preflight(request) || (endpoint == nullptr && request.method() == Method::kOptions)) {
    co_return answer_options(request, cors, match->allowed_methods());
  }
  if (endpoint == nullptr) {
    Response refusal = problem(405, "Method Not Allowed");
    refusal.headers.set("Allow", match->allowed_methods());
    co_return refusal;
  }
  if (is_foreign_write(request.method(), cors, request.header("Origin"), request.header("Host"))) {
    co_return problem(403, "Forbidden", "pages of this origin may not change anything here");
  }
  request.set_params(std::move(match->params));
  co_return co_await endpoint->call(endpoint->self, request);
}

// The client learns only that it failed; why is told here, once.
void log_failure(const Request& request, const core::Error& error) noexcept {
  if (status_of(error) != 500) return;
  core::log::event(
      core::log::Level::kError, "http.route_failed",
      {{"method", to_string(request.method())}, {"path", request.path()}, {"error", error}});
}

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

}  // namespace

core::Task<Outgoing> dispatch(const core::Clock& clock, const Site& site, Request& request) {
  const core::MonotonicTime start = clock.now();
  auto result = co_await run_route(site.router, site.cors, request);
  if (!result) log_failure(request, result.error());
  Outgoing outgoing = make_outgoing(request, std::move(result), site.cors);
  const auto thought = clock.now() - start;
  site.metrics.response_time.record(thought);
  site.metrics.count_response(outgoing.status);
  log_request(request, outgoing, thought);
  co_return outgoing;
}

}  // namespace millrace::http
