// The server as a whole: what is made in which order, and how it ends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/config.h"
#include "core/control.h"
#include "core/cores.h"
#include "core/metrics.h"
#include "http/server_metrics.h"
#include "media/catalogue/catalogue.h"
#include "media/library/job_scheduler.h"
#include "media/library/library.h"
#include "media/library/shelf.h"
#include "media/upload/upload_store.h"
#include "media/upload/uploads.h"
#include "tools/millrace/core_site.h"

namespace millrace {

/// Start-up on the calling thread: the store is opened and what a crash left is repaired before any
/// core accepts a connection.
class Program {
 public:
  /// The error is a message for the operator. `config` and `clock` are borrowed.
  static std::expected<std::unique_ptr<Program>, std::string> start(const core::Config& config,
                                                                    const core::Clock& clock);
  ~Program();

  [[nodiscard]] uint16_t port() const noexcept { return port_; }
  /// Stops accepting, finishes responses within the deadline, ends workers, leaves their jobs
  /// queued.
  void stop() noexcept;

 private:
  Program(const core::Config& config, const core::Clock& clock);

  std::expected<void, std::string> open_files_folder();
  std::expected<void, std::string> open_store();
  std::expected<void, std::string> start_cores();
  core::Task<void> core_main(core::Cores& cores, core::Core& core);
  core::Task<core::Result<>> open_for_business(core::Cores& cores);
  /// Makes the site of the calling core. Yields the port in use.
  core::Result<uint16_t> open_site(core::Core& core, uint16_t port);
  static core::Task<void> show_video(void* self, media::catalogue::VideoChange change);

  const core::Config& config_;
  const core::Clock& clock_;
  media::library::StorePaths paths_;
  media::upload::UploadStore upload_store_;
  core::Metrics metrics_;
  http::ServerMetrics server_metrics_;
  http::FileCacheMetrics file_cache_metrics_;
  core::UniqueFd files_folder_;
  std::unique_ptr<media::catalogue::Catalogue> catalogue_;  // Control thread, once it runs.
  core::ControlThread control_;
  std::vector<std::unique_ptr<media::library::Shelf>> shelves_;  // Each used on its core only.
  std::unique_ptr<media::library::Library> library_;             // On the home core.
  std::unique_ptr<media::upload::Uploads> uploads_;
  std::unique_ptr<media::library::TsExporter> exporter_;     // On the home core.
  std::unique_ptr<media::library::JobScheduler> scheduler_;  // On the home core.
  std::vector<std::unique_ptr<CoreSite>> sites_;             // Each on its core.
  std::unique_ptr<core::Cores> cores_;
  core::Core* home_ = nullptr;  // Core 0: jobs, and everything that changes a video.
  uint16_t port_ = 0;

  // The first core tells the starting thread how it went.
  std::mutex mutex_;
  std::condition_variable opened_changed_;
  std::optional<core::Result<>> opened_;
  bool store_read_ = false;  // What failed then is the address.
};

}  // namespace millrace
