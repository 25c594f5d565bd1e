#include "media/api/operation_routes.h"

#include "http/problem.h"

namespace millrace::media::api {

http::RouteResult OperationRoutes::get_health(http::Request& /*request*/) {
  if (core_.stopping().requested()) return http::problem(503, "Stopping");
  return http::Response::ok("application/json", R"({"status":"ok"})")
      .with_cache_control(http::kNoStore);
}

http::RouteResult OperationRoutes::get_metrics(http::Request& /*request*/) {
  return http::Response::ok("text/plain; version=0.0.4; charset=utf-8", metrics_.prometheus_text())
      .with_cache_control(http::kNoStore);
}

}  // namespace millrace::media::api
