// The routes of the simulated server: each kind of body, and each way to wait.
#pragma once

#include "core/core.h"
#include "core/event.h"
#include "http/router.h"
#include "http/server_metrics.h"
#include "http/static_files.h"

namespace millrace::sim {

/// Of one simulation.
class Routes {
 public:
  Routes(core::Core& core, const http::FileCacheMetrics& metrics);

  const http::Router& router() const noexcept { return router_; }
  /// Lets through those who wait in /patient and /deaf.
  void open() noexcept { opened_.set(); }

 private:
  core::Task<http::RouteResult> get_patient(http::Request& request);
  core::Task<http::RouteResult> get_deaf(http::Request& request);
  core::Task<http::RouteResult> get_read(http::Request& request);
  http::RouteResult get_stream(http::Request& request);
  http::RouteResult get_broken(http::Request& request);
  http::RouteResult get_endless(http::Request& request);

  core::Core& core_;
  core::Event opened_;
  http::StaticFiles files_;
  http::Router router_;
};

/// What /stream says, whole.
std::string streamed_text();
/// The bytes of the film that /read reads.
inline constexpr size_t kReadBytes = 50'000;

}  // namespace millrace::sim
