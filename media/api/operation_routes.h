// For the people and machines that run the server.
#pragma once

#include <string_view>

#include "core/core.h"
#include "core/metrics.h"
#include "http/endpoint.h"
#include "http/pressure.h"

namespace millrace::media::api {

/// What a core needs before it should be sent requests.
struct Readiness {
  bool catalogue_open = false;
  bool listening = false;  ///< On every core.
};

class OperationRoutes {
 public:
  struct Parts {
    core::Core& core;
    const core::Metrics& metrics;
    const Readiness& readiness;
    const http::PressureGauge& pressure;
    std::string_view version;
  };
  /// All parts are borrowed.
  explicit OperationRoutes(const Parts& parts) noexcept
      : parts_(parts), began_(parts.core.now()) {}

  /// GET /healthz: 200 as long as the core answers at all, also while it stops.
  http::RouteResult get_health(http::Request& request);
  /// GET /readyz: 200 when new clients should be sent here, else 503; why stands in the answer.
  http::RouteResult get_readiness(http::Request& request);
  /// GET /metrics: Prometheus text format 0.0.4.
  http::RouteResult get_metrics(http::Request& request);

 private:
  const Parts parts_;
  const core::MonotonicTime began_;
};

}  // namespace millrace::media::api
