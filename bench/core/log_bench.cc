// What an event of the log costs the thread that logs it, with the writer at work on /dev/null.
#include "core/log.h"

#include <benchmark/benchmark.h>

#include <string>

#include "core/assert.h"
#include "core/log_line.h"

namespace millrace::core::log {
namespace {

void format_an_event(benchmark::State& state) {
  const LineHead head = {.time = std::chrono::system_clock::now(), .name = "http.request"};
  const auto format = static_cast<LogFormat>(state.range(0));
  std::string line;
  for (auto _ : state) {
    format_line(line, format, head,
                {{"method", "GET"}, {"path", "/api/VideoStream/videos/dQw4w9WgXcQ"},
                 {"status", 200}, {"size", 1234}, {"duration_us", 87}});
    benchmark::DoNotOptimize(line.data());
  }
  MR_ASSERT(line.find("dQw4w9WgXcQ") != std::string::npos);
}
BENCHMARK(format_an_event)->ArgName("format")->Arg(0)->Arg(1);

void log_an_event(benchmark::State& state) {
  MR_ASSERT(start({.file = "/dev/null"}).has_value());
  const uint64_t dropped_before = dropped_count();
  for (auto _ : state) {
    event(Level::kInfo, "http.request",
          {{"method", "GET"}, {"path", "/api/VideoStream/videos/dQw4w9WgXcQ"}, {"status", 200},
           {"size", 1234}, {"duration_us", 87}});
  }
  stop();
  state.counters["dropped"] = static_cast<double>(dropped_count() - dropped_before);
}
BENCHMARK(log_an_event);

void log_below_the_level(benchmark::State& state) {
  MR_ASSERT(!enabled(Level::kDebug));
  for (auto _ : state) event(Level::kDebug, "http.request", {{"status", 200}});
}
BENCHMARK(log_below_the_level);

}  // namespace
}  // namespace millrace::core::log
