// The server as a whole: what is made in which order, and how it ends.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/config.h"
#include "core/control.h"
#include "core/cores.h"
#include "core/metrics.h"
#include "core/page_source.h"
#include "http/server_metrics.h"
#include "http/tls/tls_contexts.h"
#include "http/tls/tls_metrics.h"
#include "media/catalogue/catalogue.h"
#include "media/library/job_scheduler.h"
#include "media/library/library.h"
#include "media/library/shelf.h"
#include "media/upload/upload_store.h"
#include "media/upload/uploads.h"
#include "tools/millrace/core_gauges.h"
#include "tools/millrace/core_site.h"
#include "tools/millrace/inherited_sockets.h"
#include "tools/millrace/live_parts.h"

namespace millrace {

/// Start-up on the calling thread: the store is opened and what a crash left is repaired before any
/// core accepts a connection.
class Program {
 public:
  struct Listeners {
    /// That listen already: of a predecessor, or of a supervisor. Empty: server.listen is opened.
    std::vector<core::UniqueFd> sockets;
  };
  /// The error is a message for the operator. `clock` is borrowed; `reactor` stands for what
  /// config.server.reactor comes to on this machine.
  static std::expected<std::unique_ptr<Program>, std::string> start(const core::Config& config,
                                                                    const core::Clock& clock,
                                                                    core::Reactor reactor,
                                                                    Listeners listeners = {});
  /// What can be told of a start without a store and a port: certificates, folders.
  static std::expected<void, std::string> rehearse(const core::Config& config,
                                                   const core::Clock& clock);
  ~Program();

  /// Where clients are served, `http://127.0.0.1:8080`; the ports are those in use.
  [[nodiscard]] std::vector<std::string> addresses() const;
  [[nodiscard]] uint16_t port() const noexcept { return places_.front().address.port; }
  /// Reads the certificates again, in the background; what is wrong with them is logged, and the
  /// old ones stay. Any thread, before `stop`.
  void reload_certificates();
  /// Stops accepting, finishes responses within the deadline, ends workers, leaves their jobs
  /// queued.
  void stop() noexcept;

  /// Stops accepting, ends workers and whatever else may change the store, and lets go of it: what
  /// is being sent goes on until `stop`. Yields the sockets, which stay open. Blocks until then.
  std::vector<core::UniqueFd> hand_over();
  /// Takes over the keys that may change while it runs, soon after; the log says which.
  void reload(const core::Config& wanted);
  /// Whether every core has answered within the last `time`.
  [[nodiscard]] bool was_alive_within(std::chrono::seconds time) const noexcept;
  /// After a rotation. The event log is the process's, not the program's.
  void reopen_access_log() noexcept;

 private:
  Program(const core::Config& config, const core::Clock& clock, Listeners listeners);

  std::expected<void, std::string> choose_pages();
  std::expected<void, std::string> open_files_folder();
  std::expected<void, std::string> open_access_log();
  std::expected<void, std::string> open_store();
  std::expected<void, std::string> start_cores(core::Reactor reactor);
  core::Task<void> core_main(core::Cores& cores, core::Core& core);
  core::Task<core::Result<>> open_for_business(core::Cores& cores);
  std::expected<void, std::string> load_certificates();
  /// Makes the site of the calling core.
  core::Result<> open_site(core::Core& core);
  core::Task<void> reload_tls();
  core::Task<void> run_jobs();
  core::Task<void> watch_machine();
  core::Task<void> take_over(core::Snapshot<core::Config> wanted);
  core::Task<void> fall_quiet(core::Core& core);
  static core::Task<void> show_video(void* self, media::catalogue::VideoChange change);

  core::Config config_;  // On the home core, once it runs.
  const core::Clock& clock_;
  media::library::StorePaths paths_;
  media::upload::UploadStore upload_store_;
  core::Metrics metrics_;
  http::ServerMetrics server_metrics_;
  http::FileCacheMetrics file_cache_metrics_;
  std::optional<core::PageSource> pages_;
  core::UniqueFd files_folder_;
  http::tls::TlsMetrics tls_metrics_;
  http::tls::TicketSeed ticket_seed_;
  std::optional<http::tls::TlsContexts> tls_contexts_;  // Empty: no TLS.
  http::tls::TlsContexts::PerCore first_contexts_;
  core::Histogram turn_time_;
  MachineGauges machine_gauges_;
  core::Headcount headcount_;
  std::unique_ptr<core::LineSpool> access_spool_;           // Null: no access log is kept.
  std::unique_ptr<media::catalogue::Catalogue> catalogue_;  // Control thread, once it runs.
  core::ControlThread control_;
  std::vector<std::unique_ptr<media::library::Shelf>> shelves_;  // Each used on its core only.
  std::unique_ptr<media::library::Library> library_;             // On the home core.
  std::unique_ptr<media::upload::Uploads> uploads_;
  std::unique_ptr<media::library::TsExporter> exporter_;     // On the home core.
  std::unique_ptr<media::library::JobScheduler> scheduler_;  // On the home core.
  LiveParts live_;
  std::vector<std::unique_ptr<CoreSite>> sites_;  // Each on its core.
  std::unique_ptr<core::Cores> cores_;
  bool jobs_ended_ = false;     // On the home core.
  core::Core* home_ = nullptr;  // Core 0: jobs, and everything that changes a video.
  /// Where every core listens. Port 0 becomes that of the first.
  struct Place {
    core::ListenAddress address;
    Scheme scheme = Scheme::kHttp;
    std::vector<core::UniqueFd> sockets = {};  // That listened before; none later on.
    std::unique_ptr<http::ServerGroup> servers = nullptr;

    /// The share of a core; none: it opens one.
    std::vector<core::UniqueFd> sockets_of(const core::Core& core, size_t core_count) const;
  };
  void distribute(Listeners listeners);
  static std::string name_of(const Place& place);
  std::vector<Place> places_;
  std::string opening_;  // The place that is being opened, as the configuration has it.
  // The first core tells the starting thread how it went.
  std::mutex mutex_;
  std::condition_variable opened_changed_;
  std::optional<core::Result<>> opened_;
  bool store_read_ = false;  // What failed then is the address.
  // Set before the cores are told to stop: they fall quiet first, and say so.
  bool handing_over_ = false;
  size_t quiet_count_ = 0;
  std::vector<core::UniqueFd> handed_over_;
  std::atomic<int64_t> last_alive_s_ = 0;
};

}  // namespace millrace
