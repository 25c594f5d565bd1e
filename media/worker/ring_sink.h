// Reports on their way to the server.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/result.h"
#include "media/worker/report_writer.h"
#include "media/worker/sink.h"

namespace millrace::media::worker {

/// Sends each report through the ring, for any thread. Text is repaired to printable UTF-8 and cut
/// to its limit, so that no name in a file can make the server refuse the worker.
class RingSink final : public Sink {
 public:
  explicit RingSink(ReportWriter& reports) noexcept : reports_(reports) {}

  core::Result<> probe(const ProbeReport& report) override;
  core::Result<> source_length(const SourceLength& length) override;
  core::Result<> track(const TrackReport& report) override;
  core::Result<> fragment(const FragmentReport& report) override;
  core::Result<> track_done(uint32_t track) override;
  core::Result<> part(const PartReport& report) override;
  core::Result<> notice(const Notice& notice) override;
  core::Result<> image(const ImageReport& report) override;
  core::Result<> progress(const Progress& progress) override;
  core::Result<> validation(const ValidationReport& report) override;
  core::Result<> export_bytes(std::span<const std::byte> bytes) override;
  void log(LogLevel level, std::string_view text) override;

  /// The verdict, as the last record.
  core::Result<> finish(const JobResult& result);

 private:
  ReportWriter& reports_;
  std::atomic<int64_t> next_progress_ns_{0};
  std::atomic<uint32_t> log_count_{0};
  std::atomic<int64_t> notices_from_ns_{0};
};

/// `text` with control characters and broken UTF-8 replaced, at most `size_max` bytes.
std::string printable(std::string_view text, size_t size_max);

}  // namespace millrace::media::worker
