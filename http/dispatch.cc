#include "http/dispatch.h"

#include "core/log.h"
#include "http/problem.h"
#include "http/shown_path.h"

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

bool is_too_much(const Site& site, const Endpoint& endpoint) noexcept {
  return endpoint.admission == Admission::kWhenCalm && site.pressure != nullptr &&
         site.pressure->level() >= Pressure::kNoStarts;
}

core::Task<core::Result<Response>> run_route(const Site& site, Request& request) {
  const CorsPolicy& cors = site.cors;
  if (request.path() == "*") co_return answer_options(request, cors, "GET, HEAD, OPTIONS");
  std::optional<Router::Match> match = site.router.match(request.path());
  if (!match) co_return core::fail(core::ErrorCode::kNotFound, "no such address");
  request.set_params(std::move(match->params));
  const Endpoint* endpoint = match->find(request.method());
  if (endpoint != nullptr) request.set_route_class(endpoint->route_class);
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
  if (is_too_much(site, *endpoint)) {
    site.metrics.refused_starts.add();
    co_return core::fail(core::ErrorCode::kOverloaded, "the server has too much to do");
  }
  co_return co_await endpoint->call(endpoint->self, request);
}

// The client learns only that it failed; why is told here, once.
void log_failure(const Request& request, const core::Error& error) noexcept {
  if (status_of(error) != 500) return;
  core::log::event(
      core::log::Level::kError, "http.route_failed",
      {{"method", to_string(request.method())}, {"path", shown_path(request)}, {"error", error}});
}

void log_request(const Request& request, const Outgoing& outgoing,
                 std::chrono::nanoseconds thought) noexcept {
  using core::log::Level;
  if (!core::log::enabled(Level::kDebug)) return;
  core::log::event(Level::kDebug, "http.request",
                   {{"peer", request.peer_address()},
                    {"method", to_string(request.method())},
                    {"path", shown_path(request)},
                    {"status", outgoing.status},
                    {"bytes", outgoing.content_length.value_or(0)},
                    {"think_us", thought.count() / 1000}});
}

}  // namespace

core::Task<Outgoing> dispatch(const core::Clock& clock, const Site& site, Request& request) {
  const core::MonotonicTime start = clock.now();
  std::optional<core::Gate::Pass> pass;
  if (site.routes != nullptr) pass.emplace(site.routes->enter());
  auto result = co_await run_route(site, request);
  if (!result) log_failure(request, result.error());
  Outgoing outgoing = make_outgoing(request, std::move(result), site.cors);
  const auto thought = clock.now() - start;
  site.metrics.count_thought(request.route_class(), thought);
  site.metrics.count_response(outgoing.status);
  log_request(request, outgoing, thought);
  co_return outgoing;
}

}  // namespace millrace::http
