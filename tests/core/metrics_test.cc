#include "core/metrics.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace millrace::core {
namespace {

using std::chrono_literals::operator""us;
using std::chrono_literals::operator""s;

/// The text without the family that every registry begins with.
std::string text_of(const Metrics& metrics) {
  const std::string text = metrics.prometheus_text();
  const std::string_view first = "millrace_metrics_refused_total 0\n";
  return text.substr(text.find(first) + first.size());
}

TEST(Metrics, SumsWhatEachThreadCounted) {
  Metrics metrics;
  const Counter requests = metrics.counter({.name = "requests_total", .help = "Requests."});
  const Gauge open = metrics.gauge({.name = "connections", .help = "Open now."});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([=] {
        for (int n = 0; n < 1000; ++n) requests.add();
        open.add(2);
      });
    }
  }
  open.add(-15);
  EXPECT_EQ(metrics.value(requests), 8000U);
  EXPECT_EQ(metrics.value(open), 1);
}

TEST(Metrics, WritesPrometheusText) {
  Metrics metrics;
  metrics.counter({.name = "requests_total", .help = "Requests.", .labels = {{"method", "GET"}}})
      .add(3);
  metrics.gauge({.name = "level", .help = "A \"level\"\nof \\ two lines."}).set(-2);
  metrics.counter({.name = "requests_total", .help = "", .labels = {{"method", "a\"b\\c\nd"}}});
  EXPECT_EQ(text_of(metrics),
            "# HELP requests_total Requests.\n"
            "# TYPE requests_total counter\n"
            "requests_total{method=\"GET\"} 3\n"
            "requests_total{method=\"a\\\"b\\\\c\\nd\"} 0\n"
            "# HELP level A \"level\"\\nof \\\\ two lines.\n"
            "# TYPE level gauge\n"
            "level -2\n");
}

TEST(Metrics, GivesTheSameCellForTheSameNameAndLabels) {
  Metrics metrics;
  const MetricName name = {.name = "hits_total", .help = "Hits.", .labels = {{"a", "1"}}};
  metrics.counter(name).add(1);
  metrics.counter(name).add(1);
  EXPECT_EQ(metrics.value(metrics.counter(name)), 2U);
}

TEST(Metrics, ReadsAValueWhenTheTextIsWritten) {
  Metrics metrics;
  uint64_t value = 5;
  metrics.read_gauge({.name = "free_bytes", .help = "Free."},
                     [](const void* at) { return *static_cast<const uint64_t*>(at); }, &value);
  EXPECT_TRUE(text_of(metrics).ends_with("\nfree_bytes 5\n"));
  value = 6;
  EXPECT_TRUE(text_of(metrics).ends_with("\nfree_bytes 6\n"));
}

TEST(Metrics, WritesHistogramsInSecondsWithCumulativeBuckets) {
  Metrics metrics;
  const Histogram latency = metrics.histogram(
      {.name = "latency_seconds", .help = "Latency.", .labels = {{"route", "a"}}},
      HistogramUnit::kMicroseconds);
  latency.record(63us);
  latency.record(64us);
  latency.record(1000s);
  latency.record(-1us);
  const std::string text = text_of(metrics);
  EXPECT_NE(text.find("# TYPE latency_seconds histogram\n"
                      "latency_seconds_bucket{route=\"a\",le=\"6.4e-05\"} 2\n"
                      "latency_seconds_bucket{route=\"a\",le=\"0.000128\"} 3\n"),
            std::string::npos)
      << text;
  EXPECT_TRUE(text.ends_with("latency_seconds_bucket{route=\"a\",le=\"134.217728\"} 3\n"
                             "latency_seconds_bucket{route=\"a\",le=\"+Inf\"} 4\n"
                             "latency_seconds_sum{route=\"a\"} 1000.000127\n"
                             "latency_seconds_count{route=\"a\"} 4\n"))
      << text;
  EXPECT_EQ(metrics.snapshot(latency).count(), 4U);
}

TEST(Metrics, IncludesTheBoundInABucketOfBytes) {
  Metrics metrics;
  const Histogram sizes =
      metrics.histogram({.name = "size_bytes", .help = "Sizes."}, HistogramUnit::kBytes);
  sizes.record(255);
  sizes.record(256);
  EXPECT_NE(text_of(metrics).find("size_bytes_bucket{le=\"255\"} 1\n"
                                  "size_bytes_bucket{le=\"511\"} 2\n"),
            std::string::npos);
}

TEST(Metrics, RefusesMetricsBeyondItsRoomWithoutMixingThemUp) {
  Metrics metrics;
  const Counter first = metrics.counter({.name = "first_total", .help = "First."});
  size_t made = 0;
  for (; made < kMetricCellCountMax; made += HistogramScale::kBucketCount) {
    metrics.histogram({.name = "h_" + std::to_string(made), .help = "H."}, HistogramUnit::kCount)
        .record(1);
  }
  for (size_t i = 0; i < 1000; ++i) {
    const std::string label = std::to_string(i);
    metrics.counter({.name = "many_total", .help = "Many.", .labels = {{"i", label}}}).add(7);
  }
  EXPECT_EQ(metrics.value(first), 0U);
  EXPECT_EQ(metrics.prometheus_text().find("millrace_metrics_refused_total 0\n"),
            std::string::npos);
}

TEST(Metrics, KeepsWhatEndedThreadsCounted) {
  Metrics metrics;
  const Counter counter = metrics.counter({.name = "a_total", .help = "A."});
  for (size_t i = 0; i < 2 * kMetricThreadsMax; ++i) std::jthread([=] { counter.add(); });
  EXPECT_EQ(metrics.value(counter), 2 * kMetricThreadsMax);
}

}  // namespace
}  // namespace millrace::core
