// Counters, gauges and histograms that cost a core one add to memory nobody else writes, and their
// Prometheus text.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/histogram.h"
#include "core/limits.h"
#include "core/metric_cells.h"

namespace millrace::core {

struct MetricName {
  /// Prometheus' form, with unit and `_total`: "millrace_http_requests_total".
  std::string_view name;
  std::string_view help;  ///< One line.
  std::vector<std::pair<std::string_view, std::string_view>> labels = {};
};

/// Only grows. A handle is two words, copied freely, used on any thread, valid as long as Metrics.
class Counter {
 public:
  void add(uint64_t count = 1) const noexcept { cells_->add(cell_, count); }

 private:
  friend class Metrics;
  Counter(MetricCells& cells, size_t cell) noexcept : cells_(&cells), cell_(cell) {}
  MetricCells* cells_;
  size_t cell_;
};

/// A level. Each thread holds its share and the text shows the sum: what one core adds another may
/// subtract, but set() speaks for the calling thread's share alone.
class Gauge {
 public:
  void add(int64_t change) const noexcept { cells_->add(cell_, static_cast<uint64_t>(change)); }
  void set(int64_t level) const noexcept { cells_->set(cell_, static_cast<uint64_t>(level)); }

 private:
  friend class Metrics;
  Gauge(MetricCells& cells, size_t cell) noexcept : cells_(&cells), cell_(cell) {}
  MetricCells* cells_;
  size_t cell_;
};

/// What a histogram's values are. Durations are recorded in microseconds and shown in seconds.
enum class HistogramUnit : uint8_t { kMicroseconds, kBytes, kCount };

/// How values are distributed, with a relative error of at most 1/8.
class Histogram {
 public:
  void record(uint64_t value) const noexcept;
  void record(std::chrono::nanoseconds duration) const noexcept;

 private:
  friend class Metrics;
  Histogram(MetricCells& cells, size_t cell) noexcept : cells_(&cells), first_cell_(cell) {}
  MetricCells* cells_;
  size_t first_cell_;  // The sum; the buckets of HistogramScale follow.
};

/// The registry. Registering takes a mutex and belongs to startup; asking again for a name with the
/// same labels gives the same cells. When kMetricCellCountMax is used up, new metrics share one
/// cell that is not shown, and millrace_metrics_refused_total counts them.
class Metrics {
 public:
  /// A reading taken when the text is written, on the thread that writes it.
  using Reader = uint64_t (*)(const void* source);

  Metrics();
  Metrics(const Metrics&) = delete;

  Counter counter(const MetricName& name);
  Gauge gauge(const MetricName& name);
  Histogram histogram(const MetricName& name, HistogramUnit unit);
  /// `source` is borrowed for the life of this registry.
  void read_counter(const MetricName& name, Reader reader, const void* source = nullptr);
  void read_gauge(const MetricName& name, Reader reader, const void* source = nullptr);

  /// Sums over all threads, as of about now.
  uint64_t value(Counter counter) const noexcept { return cells_.sum(counter.cell_); }
  int64_t value(Gauge gauge) const noexcept {
    return static_cast<int64_t>(cells_.sum(gauge.cell_));
  }
  HistogramSnapshot snapshot(Histogram histogram) const;

  /// Prometheus text format 0.0.4, families in the order of registration.
  std::string prometheus_text() const;

 private:
  enum class Kind : uint8_t { kCounter, kGauge, kHistogram };
  struct Series {
    std::string labels;  // Rendered: `method="GET",status="200"`.
    size_t first_cell = 0;
    Reader reader = nullptr;
    const void* source = nullptr;
  };
  struct Family {
    std::string name;
    std::string help;
    Kind kind = Kind::kCounter;
    HistogramUnit unit = HistogramUnit::kCount;
    std::vector<Series> series;
  };

  Family& family(const MetricName& name, Kind kind, HistogramUnit unit);
  size_t first_cell(const MetricName& name, Kind kind, HistogramUnit unit, size_t cell_count);
  HistogramSnapshot snapshot_at(size_t first_cell) const;
  void append_family(std::string& text, const Family& family) const;
  void append_histogram(std::string& text, const Family& family, const Series& series) const;

  MetricCells cells_;
  // Registration is rare and never on a request's path; scrapes exclude it.
  mutable std::mutex mutex_;
  std::vector<Family> families_;
  size_t cells_used_ = 0;
};

}  // namespace millrace::core
