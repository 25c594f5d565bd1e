#include "http/server_metrics.h"

namespace millrace::http {
namespace {

core::Counter responses(core::Metrics& registry, std::string_view status_class) {
  return registry.counter({.name = "millrace_http_responses_total",
                           .help = "Responses by the class of their status.",
                           .labels = {{"status", status_class}}});
}

core::Counter sent(core::Metrics& registry, std::string_view from) {
  return registry.counter({.name = "millrace_http_sent_bytes_total",
                           .help = "Bytes handed to the kernel, from memory or from files.",
                           .labels = {{"from", from}}});
}

core::Counter send_calls(core::Metrics& registry, std::string_view from) {
  return registry.counter({.name = "millrace_http_send_calls_total",
                           .help = "Sends from memory and sendfile calls.",
                           .labels = {{"from", from}}});
}

}  // namespace

ServerMetrics::ServerMetrics(core::Metrics& registry)
    : connections(registry.gauge(
          {.name = "millrace_http_connections", .help = "Connections that are open."})),
      accepted(registry.counter(
          {.name = "millrace_http_accepted_total", .help = "Connections accepted."})),
      handed_over(registry.counter(
          {.name = "millrace_http_handed_over_total",
           .help = "Connections accepted by a core that held more than another one."})),
      refused(registry.counter({.name = "millrace_http_refused_total",
                                .help = "Connections refused by a limit or under pressure."})),
      refused_starts(registry.counter(
          {.name = "millrace_http_refused_starts_total",
           .help = "Requests for something long that were refused under pressure."})),
      received_bytes(registry.counter(
          {.name = "millrace_http_received_bytes_total", .help = "Bytes received."})),
      sent_memory_bytes(sent(registry, "memory")),
      sent_file_bytes(sent(registry, "file")),
      sends(send_calls(registry, "memory")),
      sendfiles(send_calls(registry, "file")),
      prefetches(registry.counter(
          {.name = "millrace_http_prefetches_total",
           .help = "Parts of files that were not in memory when they were to be sent."})),
      stalls(registry.counter({.name = "millrace_http_stalls_total",
                               .help = "Peers cut off for taking or giving too little."})),
      broken_responses(registry.counter(
          {.name = "millrace_http_broken_responses_total",
           .help = "Responses that ended before their end, by closing the connection."})),
      h2(registry),
      informational_(responses(registry, "1xx")),
      successful_(responses(registry, "2xx")),
      redirected_(responses(registry, "3xx")),
      client_errors_(responses(registry, "4xx")),
      server_errors_(responses(registry, "5xx")) {
  for (size_t i = 0; i < kRouteClassCount; ++i) {
    const std::string_view name = to_string(static_cast<RouteClass>(i));
    of_class_.push_back(
        {.requests = registry.counter({.name = "millrace_http_requests_total",
                                       .help = "Requests answered, by the kind of their route.",
                                       .labels = {{"route", name}}}),
         .bytes = registry.counter({.name = "millrace_http_response_bytes_total",
                                    .help = "Bytes of the bodies of responses.",
                                    .labels = {{"route", name}}}),
         .thought = registry.histogram(
             {.name = "millrace_http_response_seconds",
              .help = "From the end of a request's head to the head of its response.",
              .labels = {{"route", name}}},
             core::HistogramUnit::kMicroseconds)});
  }
}

void ServerMetrics::count_response(int status) const noexcept {
  switch (status / 100) {
    case 1:
      return informational_.add();
    case 2:
      return successful_.add();
    case 3:
      return redirected_.add();
    case 4:
      return client_errors_.add();
    default:
      return server_errors_.add();
  }
}

}  // namespace millrace::http
