#include "core/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/assert.h"
#include "core/utf8.h"

namespace millrace::core {
namespace {

/// The first cells take what finds no room: the longest metric, a histogram, must fit.
constexpr size_t kHistogramCellCount = HistogramScale::kBucketCount + 1;
constexpr size_t kRefusedCell = kHistogramCellCount;

bool is_metric_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// A backslash before each character of `escaped`; a line feed becomes `\n`.
void append_escaped(std::string& out, std::string_view text, std::string_view escaped) {
  for (const char c : repair_utf8(text)) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (escaped.contains(c)) out += '\\';
      out += c;
    }
  }
}

std::string rendered_labels(const MetricName& name) {
  std::string text;
  for (const auto& [label, value] : name.labels) {
    MR_ASSERT(is_metric_name(label));
    if (!text.empty()) text += ',';
    text += label;
    text += "=\"";
    append_escaped(text, value, "\\\"");
    text += '"';
  }
  return text;
}

/// The octaves whose upper ends the text shows: few enough to scrape, the same in every series.
struct ShownOctaves {
  unsigned first;
  unsigned last;
};

ShownOctaves shown_octaves(HistogramUnit unit) noexcept {
  switch (unit) {
    case HistogramUnit::kMicroseconds: return {.first = 6, .last = 27};  // 64 us to 134 s
    case HistogramUnit::kBytes: return {.first = 8, .last = 33};         // 256 B to 8 GiB
    case HistogramUnit::kCount: return {.first = 0, .last = 20};
  }
  return {.first = 0, .last = HistogramScale::kOctaveMax};
}

/// The largest value below 2^octave, which a bucket's `le` includes.
std::string shown_bound(HistogramUnit unit, unsigned octave) {
  const uint64_t bound = uint64_t{1} << octave;
  // A duration was rounded down when it was recorded, so "less than" reaches up to the bound.
  if (unit == HistogramUnit::kMicroseconds) {
    return fmt::format("{}", static_cast<double>(bound) / 1e6);
  }
  return fmt::format("{}", bound - 1);
}

void append_line(std::string& text, std::string_view name, std::string_view labels,
                 std::string_view value) {
  text += name;
  if (!labels.empty()) fmt::format_to(std::back_inserter(text), "{{{}}}", labels);
  fmt::format_to(std::back_inserter(text), " {}\n", value);
}

}  // namespace

void Histogram::record(uint64_t value) const noexcept {
  cells_->add(first_cell_, value);
  cells_->add(first_cell_ + 1 + HistogramScale::bucket_of(value), 1);
}

void Histogram::record(std::chrono::nanoseconds duration) const noexcept {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  record(static_cast<uint64_t>(std::max<int64_t>(us, 0)));
}

Metrics::Metrics() : cells_used_(kRefusedCell) {
  counter({.name = "millrace_metrics_refused_total",
           .help = "Metrics that found no room and are not counted."});
}

Metrics::Family& Metrics::family(const MetricName& name, Kind kind, HistogramUnit unit) {
  MR_ASSERT(is_metric_name(name.name));
  for (Family& known : families_) {
    if (known.name != name.name) continue;
    MR_ASSERT(known.kind == kind && known.unit == unit);
    return known;
  }
  families_.push_back({.name = std::string(name.name),
                       .help = std::string(name.help),
                       .kind = kind,
                       .unit = unit,
                       .series = {}});
  return families_.back();
}

size_t Metrics::first_cell(const MetricName& name, Kind kind, HistogramUnit unit,
                           size_t cell_count) {
  const std::lock_guard lock(mutex_);
  Family& its_family = family(name, kind, unit);
  std::string labels = rendered_labels(name);
  for (const Series& known : its_family.series) {
    if (known.labels == labels) return known.first_cell;
  }
  if (cells_used_ + cell_count > kMetricCellCountMax) {
    cells_.add(kRefusedCell, 1);
    return 0;
  }
  const size_t first = cells_used_;
  cells_used_ += cell_count;
  its_family.series.push_back({.labels = std::move(labels), .first_cell = first});
  return first;
}

Counter Metrics::counter(const MetricName& name) {
  return {cells_, first_cell(name, Kind::kCounter, HistogramUnit::kCount, 1)};
}

Gauge Metrics::gauge(const MetricName& name) {
  return {cells_, first_cell(name, Kind::kGauge, HistogramUnit::kCount, 1)};
}

Histogram Metrics::histogram(const MetricName& name, HistogramUnit unit) {
  return {cells_, first_cell(name, Kind::kHistogram, unit, kHistogramCellCount)};
}

void Metrics::read_counter(const MetricName& name, Reader reader, const void* source) {
  const std::lock_guard lock(mutex_);
  family(name, Kind::kCounter, HistogramUnit::kCount)
      .series.push_back({.labels = rendered_labels(name), .reader = reader, .source = source});
}

void Metrics::read_gauge(const MetricName& name, Reader reader, const void* source) {
  const std::lock_guard lock(mutex_);
  family(name, Kind::kGauge, HistogramUnit::kCount)
      .series.push_back({.labels = rendered_labels(name), .reader = reader, .source = source});
}

HistogramSnapshot Metrics::snapshot(Histogram histogram) const {
  return snapshot_at(histogram.first_cell_);
}

HistogramSnapshot Metrics::snapshot_at(size_t first_cell) const {
  HistogramSnapshot snapshot;
  snapshot.sum = cells_.sum(first_cell);
  for (size_t i = 0; i < snapshot.counts.size(); ++i) {
    snapshot.counts[i] = cells_.sum(first_cell + 1 + i);
  }
  return snapshot;
}

std::string Metrics::prometheus_text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const Family& family : families_) append_family(text, family);
  return text;
}

void Metrics::append_family(std::string& text, const Family& family) const {
  if (family.series.empty()) return;
  constexpr std::string_view kKinds[] = {"counter", "gauge", "histogram"};
  fmt::format_to(std::back_inserter(text), "# HELP {} ", family.name);
  append_escaped(text, family.help, "\\");
  fmt::format_to(std::back_inserter(text), "\n# TYPE {} {}\n", family.name,
                 kKinds[static_cast<size_t>(family.kind)]);
  for (const Series& series : family.series) {
    if (family.kind == Kind::kHistogram) {
      append_histogram(text, family, series);
      continue;
    }
    const uint64_t value = series.reader != nullptr ? series.reader(series.source)
                                                    : cells_.sum(series.first_cell);
    append_line(text, family.name, series.labels,
                family.kind == Kind::kGauge ? fmt::format("{}", static_cast<int64_t>(value))
                                            : fmt::format("{}", value));
  }
}

void Metrics::append_histogram(std::string& text, const Family& family,
                               const Series& series) const {
  const HistogramSnapshot snapshot = snapshot_at(series.first_cell);
  const std::string bucket_name = family.name + "_bucket";
  const std::string separator = series.labels.empty() ? "" : ",";
  const ShownOctaves octaves = shown_octaves(family.unit);
  uint64_t count = 0;
  size_t bucket = 0;
  for (unsigned octave = octaves.first; octave <= octaves.last; ++octave) {
    const size_t end = HistogramScale::bucket_of(uint64_t{1} << octave);
    for (; bucket < end; ++bucket) count += snapshot.counts[bucket];
    append_line(text, bucket_name,
                fmt::format("{}{}le=\"{}\"", series.labels, separator,
                            shown_bound(family.unit, octave)),
                fmt::format("{}", count));
  }
  const std::string total = fmt::format("{}", snapshot.count());
  append_line(text, bucket_name, fmt::format("{}{}le=\"+Inf\"", series.labels, separator), total);
  const bool in_seconds = family.unit == HistogramUnit::kMicroseconds;
  append_line(text, family.name + "_sum", series.labels,
              in_seconds ? fmt::format("{}", static_cast<double>(snapshot.sum) / 1e6)
                         : fmt::format("{}", snapshot.sum));
  append_line(text, family.name + "_count", series.labels, total);
}

}  // namespace millrace::core
