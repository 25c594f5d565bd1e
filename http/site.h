// What a server serves, and how.
#pragma once

#include "core/gate.h"
#include "core/headcount.h"
#include "http/access_log.h"
#include "http/cors.h"
#include "http/limits.h"
#include "http/pressure.h"
#include "http/router.h"
#include "http/server_metrics.h"
#include "http/tls/tls_endpoint.h"

namespace millrace::http {

/// Shared by all connections of a core; borrowed parts outlive the server.
struct Site {
  const Router& router;
  const ServerMetrics& metrics;
  CorsPolicy cors;
  Limits limits;
  tls::TlsEndpoint* tls = nullptr;          ///< Null: in the clear.
  AccessLog* access_log = nullptr;          ///< Null: none is kept.
  const PressureGauge* pressure = nullptr;  ///< Null: there is never too much.
  core::Gate* routes = nullptr;             ///< Entered by each route that runs.
  core::Headcount* headcount = nullptr;     ///< Of all cores; null: this one is the only one.
};

}  // namespace millrace::http
