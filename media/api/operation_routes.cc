#include "media/api/operation_routes.h"

#include "core/json_writer.h"

namespace millrace::media::api {

http::RouteResult OperationRoutes::get_health(http::Request& /*request*/) {
  const auto uptime = std::chrono::floor<std::chrono::seconds>(parts_.core.now() - began_);
  std::string text;
  core::JsonWriter json(text);
  json.begin_object()
      .member("status", "ok")
      .member("version", parts_.version)
      .member("uptime_seconds", uptime.count())
      .end_object();
  return http::Response::ok("application/json", std::move(text)).with_cache_control(http::kNoStore);
}

http::RouteResult OperationRoutes::get_readiness(http::Request& /*request*/) {
  const bool draining = parts_.core.stopping().requested();
  const http::Pressure pressure = parts_.pressure.level();
  const bool ready = parts_.readiness.catalogue_open && parts_.readiness.listening && !draining &&
                     pressure == http::Pressure::kNone;
  std::string text;
  core::JsonWriter json(text);
  json.begin_object()
      .member("status", ready ? "ready" : "not_ready")
      .member("catalogue_open", parts_.readiness.catalogue_open)
      .member("listening", parts_.readiness.listening)
      .member("draining", draining)
      .member("pressure", http::to_string(pressure))
      .end_object();
  http::Response response = http::Response::ok("application/json", std::move(text))
                                .with_cache_control(http::kNoStore);
  if (!ready) {
    response.status = 503;
    response.headers.set("Retry-After", "1");
  }
  return response;
}

http::RouteResult OperationRoutes::get_metrics(http::Request& /*request*/) {
  return http::Response::ok("text/plain; version=0.0.4; charset=utf-8",
                            parts_.metrics.prometheus_text())
      .with_cache_control(http::kNoStore);
}

}  // namespace millrace::media::api
