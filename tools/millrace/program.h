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
#include "http/tls/tls_contexts.h"
#include "http/tls/tls_metrics.h"
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
  /// The error is a message for the operator. `config` and `clock` are borrowed; `reactor` stands
  /// for what config.server.reactor comes to on this machine.
  static std::expected<std::unique_ptr<Program>, std::string> start(const core::Config& config,
                                                                    const core::Clock& clock,
                                                                    core::Reactor reactor);
  ~Program();

  /// Where clients are served, `http://127.0.0.1:8080`; the ports are those in use.
  [[nodiscard]] std::vector<std::string> addresses() const;
  [[nodiscard]] uint16_t port() const noexcept { return places_.front().listen_on.port; }
  /// Reads the certificates again, in the background; what is wrong with them is logged, and the
  /// old ones stay. Any thread, before `stop`.
  void reload_certificates();
  /// Stops accepting, finishes responses within the deadline, ends workers, leaves their jobs
  /// queued.
  void stop() noexcept;

 private:
  Program(const core::Config& config, const core::Clock& clock);

  std::expected<void, std::string> open_files_folder();
  std::expected<void, std::string> open_store();
  std::expected<void, std::string> start_cores(core::Reactor reactor);
  core::Task<void> core_main(core::Cores& cores, core::Core& core);
  core::Task<core::Result<>> open_for_business(core::Cores& cores);
  std::expected<void, std::string> load_certificates();
  /// Makes the site of the calling core.
  core::Result<> open_site(core::Core& core);
  core::Task<void> reload_tls();
  static core::Task<void> show_video(void* self, media::catalogue::VideoChange change);

  const core::Config& config_;
  const core::Clock& clock_;
  media::library::StorePaths paths_;
  media::upload::UploadStore upload_store_;
  core::Metrics metrics_;
  http::ServerMetrics server_metrics_;
  http::FileCacheMetrics file_cache_metrics_;
  core::UniqueFd files_folder_;
  http::tls::TlsMetrics tls_metrics_;
  http::tls::TicketSeed ticket_seed_;
  std::optional<http::tls::TlsContexts> tls_contexts_;  // Empty: no TLS.
  http::tls::TlsContexts::PerCore first_contexts_;
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
  /// Where every core listens. Port 0 becomes that of the first.
  struct Place {
    http::ListenOn listen_on;
    Scheme scheme = Scheme::kHttp;
  };
  static std::string name_of(const Place& place);
  std::vector<Place> places_;
  std::string opening_;  // The place that is being opened, as the configuration has it.

  // The first core tells the starting thread how it went.
  std::mutex mutex_;
  std::condition_variable opened_changed_;
  std::optional<core::Result<>> opened_;
  bool store_read_ = false;  // What failed then is the address.
};

}  // namespace millrace
