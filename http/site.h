// What a server serves, and how.
#pragma once

#include "http/cors.h"
#include "http/limits.h"
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
  tls::TlsEndpoint* tls = nullptr;  ///< Null: in the clear.
};

}  // namespace millrace::http
