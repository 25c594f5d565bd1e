// MPEG-TS segments for players that know nothing newer: made on demand, kept as files.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/config.h"
#include "core/event.h"
#include "media/library/library.h"
#include "media/library/rendition.h"
#include "media/worker/run_job.h"

namespace millrace::media::library {

/// A run of fragments of one rendition.
struct TsSegment {
  std::string video_id;
  std::string quality;
  uint64_t first = 0;
  uint64_t last = 0;
  std::vector<worker::SourceSlice> source;  ///< The init segment, then the fragments.
};

/// Home core. One worker makes one segment; a segment that several viewers ask for is made once.
/// The files are a cache: emptied at start, the oldest go when there are more than kBytesMax.
class TsExporter {
 public:
  /// 4 GiB: two hours of a 4 Mbit/s rendition, for the few players that need it.
  static constexpr uint64_t kBytesMax = uint64_t{4} << 30;
  /// 2 at once, because each is a process; 64 that wait, because a player waits some seconds.
  static constexpr size_t kAtOnce = 2;
  static constexpr size_t kWaitingMax = 64;

  TsExporter(const core::Config& config, Library& library) noexcept
      : config_(config), library_(library) {}

  /// The path of the file. Errors: kOverloaded, kNoSpace, kInternal (the worker failed).
  core::Task<core::Result<std::string>> make(TsSegment segment);

 private:
  struct Export {
    std::optional<core::Result<uint64_t>> size;  // Of the file; empty while it is made.
    core::Event made;
  };

  core::Task<core::Result<uint64_t>> write_file(const TsSegment& segment, const std::string& path);
  /// One attempt, into the file `part`. Yields its size.
  core::Task<std::expected<uint64_t, worker::JobFailure>> run_worker(const TsSegment& segment,
                                                                     const std::string& part);
  void keep(const std::string& path, uint64_t size);

  const core::Config& config_;
  Library& library_;
  std::unordered_map<std::string, std::shared_ptr<Export>> exports_;  // By path.
  std::list<std::pair<std::string, uint64_t>> kept_;                  // The oldest first.
  uint64_t kept_bytes_ = 0;
  size_t running_ = 0;
  size_t waiting_ = 0;
  core::Event place_free_;
};

}  // namespace millrace::media::library
