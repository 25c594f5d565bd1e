#include "core/metrics.h"

#include <benchmark/benchmark.h>

#include "core/assert.h"

namespace millrace::core {
namespace {

Metrics& metrics() {
  static Metrics all;
  return all;
}

/// Threads that count at once must not slow each other down: compare the times of 1 and 2.
void count(benchmark::State& state) {
  const Counter counter = metrics().counter({.name = "bench_total", .help = "Bench."});
  for (auto _ : state) counter.add();
  MR_ASSERT(metrics().value(counter) > 0);
}
BENCHMARK(count)->Threads(1)->Threads(2);

void record_a_duration(benchmark::State& state) {
  const Histogram histogram = metrics().histogram({.name = "bench_seconds", .help = "Bench."},
                                                  HistogramUnit::kMicroseconds);
  std::chrono::nanoseconds duration(1000);
  for (auto _ : state) {
    histogram.record(duration);
    duration += std::chrono::nanoseconds(977);
  }
  MR_ASSERT(metrics().snapshot(histogram).count() > 0);
}
BENCHMARK(record_a_duration);

void write_prometheus_text(benchmark::State& state) {
  Metrics many;
  for (int i = 0; i < 200; ++i) {
    const std::string label = std::to_string(i);
    many.counter({.name = "many_total", .help = "Many.", .labels = {{"i", label}}}).add();
  }
  for (auto _ : state) benchmark::DoNotOptimize(many.prometheus_text());
  MR_ASSERT(many.prometheus_text().find("many_total{i=\"199\"} 1\n") != std::string::npos);
}
BENCHMARK(write_prometheus_text);

}  // namespace
}  // namespace millrace::core
