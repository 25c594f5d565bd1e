// For the people and machines that run the server.
#pragma once

#include "core/core.h"
#include "core/metrics.h"
#include "http/endpoint.h"

namespace millrace::media::api {

class OperationRoutes {
 public:
  OperationRoutes(core::Core& core, const core::Metrics& metrics) noexcept
      : core_(core), metrics_(metrics) {}

  /// GET /healthz: 200 while it takes requests, 503 once it stops.
  http::RouteResult get_health(http::Request& request);
  /// GET /metrics: Prometheus text format 0.0.4.
  http::RouteResult get_metrics(http::Request& request);

 private:
  core::Core& core_;
  const core::Metrics& metrics_;
};

}  // namespace millrace::media::api
