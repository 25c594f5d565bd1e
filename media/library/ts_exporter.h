// MPEG-TS segments for players that know nothing newer: made on demand, kept as files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/config.h"
#include "core/event.h"
#include "core/gate.h"
#include "media/library/kept_files.h"
#include "media/library/library.h"
#include "media/library/rendition.h"
#include "media/vod/segmenting.h"
#include "media/worker/run_job.h"

namespace millrace::media::library {

/// A run of fragments of one rendition.
struct TsSegment {
  std::string video_id;
  std::string quality;
  uint64_t first = 0;
  uint64_t last = 0;
  TrackFile file;                     ///< Held as long as a worker reads it.
  std::vector<vod::ByteSpan> source;  ///< The init segment, then the fragments.
};

/// Home core. One worker makes one segment; a segment that several viewers ask for is made once,
/// and given up when the last of them has gone. The files are a cache: emptied at start, the oldest
/// go when there are more than kBytesMax, and a removed video leaves none.
class TsExporter {
 public:
  /// 4 GiB: two hours of a 4 Mbit/s rendition, for the few players that need it.
  static constexpr uint64_t kBytesMax = uint64_t{4} << 30;
  /// 2 at once, because each is a process that takes a place of `workers.max`; yet one runs always,
  /// beside transcodes that take hours. 64 that wait, because a player waits some seconds.
  static constexpr size_t kAtOnce = 2;
  static constexpr size_t kWaitingMax = 64;
  /// 1,024 who wait for them: 16 for each, and some KiB a head on their own cores.
  static constexpr size_t kAskersMax = 1024;

  /// `shelf` is the home core's.
  TsExporter(const core::Config& config, Library& library, Shelf& shelf) noexcept;

  /// The path of the file. Errors: kOverloaded, kNotFound (the video was removed, MPEG-TS has no
  /// such codec), kNoSpace, kInternal (the worker failed), the cancellation's.
  core::Task<core::Result<std::string>> make(TsSegment segment, core::Cancellation& cancellation);

  [[nodiscard]] uint64_t kept_bytes() const noexcept { return kept_.bytes(); }
  /// Processes that run now, and exports that wait for one to end.
  [[nodiscard]] size_t export_count() const noexcept { return exports_.size(); }

 private:
  struct Export {
    TsSegment segment;
    std::string path;
    core::Cancellation cancellation;  // Nobody waits, the video was removed, the server stops.
    size_t asker_count = 0;
    std::optional<core::Result<uint64_t>> size;  // Of the file; empty while it is made.
    core::Event made;
  };
  class LetGo final : public RemovalHook {
   public:
    explicit LetGo(TsExporter& exporter) noexcept;

   private:
    TsExporter& exporter_;
  };

  core::Result<std::shared_ptr<Export>> begin(TsSegment segment, std::string path);
  core::Task<void> run(std::shared_ptr<Export> its);
  [[nodiscard]] bool has_place() const noexcept;
  core::Task<core::Result<uint64_t>> wait_and_write(Export& its);
  core::Task<core::Result<uint64_t>> write_file(Export& its);
  /// One attempt, into the file `part`. Yields its size.
  core::Task<std::expected<uint64_t, worker::JobFailure>> run_worker(Export& its,
                                                                     const std::string& part);
  core::Task<void> keep(const Export& its);

  const core::Config& config_;
  Library& library_;
  std::unordered_map<std::string, std::shared_ptr<Export>> exports_;  // By path.
  KeptFiles kept_{kBytesMax};
  core::Gate askers_;
  core::Gate running_;
  core::Event place_free_;
  LetGo let_go_{*this};
};

}  // namespace millrace::media::library
