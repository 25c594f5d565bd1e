#include "tools/millrace/program.h"

#include <fcntl.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/config_rules.h"
#include "core/io/listener.h"
#include "core/io/sleep.h"
#include "core/log.h"
#include "media/api/video_json.h"
#include "media/upload/recovery.h"
#include "tools/millrace/pages.h"

namespace millrace {
namespace {

std::string describe(const core::Error& error) {
  std::string text = error.what;
  if (error.os_errno != 0) text += fmt::format(": {}", std::strerror(error.os_errno));
  return text;
}

std::vector<unsigned> cpus_of(const core::ServerConfig& config) {
  std::vector<unsigned> cpus(config.cpu_affinity.begin(), config.cpu_affinity.end());
  if (cpus.empty()) cpus = core::allowed_cpus();
  const size_t count = config.cores == 0 ? cpus.size() : config.cores;
  // More cores than CPUs share them in turn: of use in tests only, and harmless.
  std::vector<unsigned> chosen;
  for (size_t i = 0; i < count; ++i) chosen.push_back(cpus[i % cpus.size()]);
  return chosen;
}

std::string video_json(void* /*self*/, const media::catalogue::VideoRecord& video) {
  return media::api::video_json(video, nullptr);
}

}  // namespace

Program::Program(const core::Config& config, const core::Clock& clock, Listeners listeners)
    : config_(config),
      clock_(clock),
      paths_(config.store.root),
      upload_store_(paths_.uploads()),
      server_metrics_(metrics_),
      file_cache_metrics_(metrics_),
      tls_metrics_(metrics_),
      turn_time_(metrics_.histogram(
          {.name = "millrace_core_turn_seconds",
           .help = "Work of one turn of a core's loop: how long what is ready may wait."},
          core::HistogramUnit::kMicroseconds)),
      machine_gauges_(metrics_),
      live_(config, metrics_) {
  places_.push_back({.address = config.server.listen, .scheme = Scheme::kHttp});
  for (const core::ListenAddress& address : config.tls.listen) {
    places_.push_back({.address = address, .scheme = Scheme::kHttps});
  }
  distribute(std::move(listeners));
  metrics_.read_counter(
      {.name = "millrace_log_dropped_total", .help = "Log events that found the queue full."},
      [](const void*) { return core::log::dropped_count(); });
  metrics_.read_counter(
      {.name = "millrace_access_log_dropped_total",
       .help = "Lines of the access log that found its queue full or could not be written."},
      [](const void* self) {
        const auto& spool = static_cast<const Program*>(self)->access_spool_;
        return spool != nullptr ? spool->dropped_count() : 0;
      },
      this);
}

std::expected<std::unique_ptr<Program>, std::string> Program::start(const core::Config& config,
                                                                    const core::Clock& clock,
                                                                    core::Reactor reactor,
                                                                    Listeners listeners) {
  std::unique_ptr<Program> program(new Program(config, clock, std::move(listeners)));
  auto done = program->open_access_log();
  if (done) done = program->open_files_folder();
  if (done) done = program->load_certificates();
  if (done) done = program->open_store();
  if (done) done = program->choose_pages();
  if (done) done = program->start_cores(reactor);
  if (!done) return std::unexpected(done.error());
  return program;
}

std::expected<void, std::string> Program::rehearse(const core::Config& config,
                                                   const core::Clock& clock) {
  Program program(config, clock, {});
  auto done = program.open_files_folder();
  if (done) done = program.load_certificates();
  return done;
}

Program::~Program() { stop(); }

std::expected<void, std::string> Program::open_files_folder() {
  const std::string& folder = config_.files.folder;
  if (folder.empty()) return {};
  core::Result<core::UniqueFd> opened = http::StaticFiles::open_folder(folder);
  if (!opened) {
    return std::unexpected(fmt::format("files.folder {}: {}", folder, describe(opened.error())));
  }
  files_folder_ = std::move(*opened);
  return {};
}

std::expected<void, std::string> Program::choose_pages() {
  auto chosen = millrace::choose_pages(config_, metrics_);
  if (!chosen) return std::unexpected("pages to send from: " + describe(chosen.error()));
  pages_.emplace(std::move(*chosen));
  return {};
}

std::expected<void, std::string> Program::load_certificates() {
  if (config_.tls.listen.empty()) return {};
  ticket_seed_ = http::tls::TicketSeed::random(clock_.now());
  tls_contexts_.emplace(config_.tls, std::vector<std::string>{"h2", "http/1.1"}, clock_);
  auto loaded = tls_contexts_->load(cpus_of(config_.server).size());
  if (!loaded) return std::unexpected("tls.certificate: " + loaded.error());
  first_contexts_ = std::move(*loaded);
  return {};
}

std::expected<void, std::string> Program::open_access_log() {
  if (config_.access_log.mode == core::AccessLogMode::kOff) return {};
  auto spool = core::LineSpool::open(config_.access_log.file);
  if (!spool) {
    return std::unexpected(
        fmt::format("access_log.file {}: {}", config_.access_log.file, describe(spool.error())));
  }
  access_spool_ = std::move(*spool);
  return {};
}

void Program::reopen_access_log() noexcept {
  if (access_spool_ != nullptr) access_spool_->reopen();
}

std::expected<void, std::string> Program::open_store() {
  std::error_code error;
  std::filesystem::create_directories(paths_.root(), error);
  if (error) {
    return std::unexpected(fmt::format("store.root {}: {}", paths_.root(), error.message()));
  }
  std::filesystem::remove_all(paths_.segments(), error);  // A cache whose age nobody remembers.
  const core::Result<> prepared = upload_store_.prepare();
  if (!prepared) {
    return std::unexpected(
        fmt::format("store.root {}: {}", paths_.root(), describe(prepared.error())));
  }
  auto catalogue = media::catalogue::Catalogue::open(paths_.catalogue());
  if (!catalogue) {
    return std::unexpected(fmt::format("{}: {}", paths_.catalogue(), describe(catalogue.error())));
  }
  catalogue_ = std::move(*catalogue);
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(clock_.unix_now());
  const auto recovered = media::upload::recover_uploads(*catalogue_, upload_store_, now);
  if (!recovered) {
    return std::unexpected(
        fmt::format("repairing {}: {}", paths_.uploads(), describe(recovered.error())));
  }
  core::log::event(core::log::Level::kInfo, "store.opened",
                   {{"root", paths_.root()},
                    {"uploads_accepted", recovered->accepted_count},
                    {"uploads_removed", recovered->removed_count},
                    {"uploads_expired", recovered->expired_count},
                    {"originals_lost", recovered->lost_count},
                    {"originals_unknown", recovered->unknown_count}});
  return {};
}

std::expected<void, std::string> Program::start_cores(core::Reactor reactor) {
  core::CoresOptions options;
  options.cpus = cpus_of(config_.server);
  options.pin = config_.server.pin;
  options.core.reactor = reactor;
  options.core.buffer_budget = config_.buffers.budget.value;
  options.core.turn_time = &turn_time_;
  for (size_t i = 0; i < options.cpus.size(); ++i) {
    shelves_.push_back(std::make_unique<media::library::Shelf>());
  }
  sites_.resize(options.cpus.size());
  auto cores = core::Cores::start(
      options, clock_, [this](core::Cores& all, core::Core& core) { return core_main(all, core); });
  if (!cores) return std::unexpected(core::explain_ring_failure(cores.error()));
  cores_ = std::move(*cores);
  std::unique_lock lock(mutex_);
  opened_changed_.wait(lock, [this] { return opened_.has_value(); });
  if (*opened_) return {};
  if (!store_read_) {
    return std::unexpected(fmt::format("{}: {}", paths_.catalogue(), describe(opened_->error())));
  }
  return std::unexpected(fmt::format("{}: {}", opening_, describe(opened_->error())));
}

core::Task<void> Program::core_main(core::Cores& cores, core::Core& core) {
  const bool home = core.index() == 0;
  if (home) {
    const core::Result<> opened = co_await open_for_business(cores);
    const std::scoped_lock lock(mutex_);
    opened_ = opened;
    opened_changed_.notify_all();
  }
  core::Event never;
  static_cast<void>(co_await never.wait(&core.stopping()));
  if (handing_over_) co_await fall_quiet(core);
  std::unique_ptr<CoreSite>& site = sites_[core.index()];
  if (site != nullptr) co_await site->stop();
  site.reset();  // Here, because its parts belong to this thread.
}

core::Task<core::Result<>> Program::open_for_business(core::Cores& cores) {
  std::vector<media::library::Announcer::Place> places;
  for (size_t i = 0; i < cores.size(); ++i) {
    places.push_back({.core = &cores.at(i), .shelf = shelves_[i].get()});
  }
  std::vector<core::Core*> all_cores;
  for (size_t i = 0; i < cores.size(); ++i) all_cores.push_back(&cores.at(i));
  for (Place& place : places_) place.servers = std::make_unique<http::ServerGroup>(all_cores);
  core::Core& home = cores.at(0);
  home_ = &home;
  const bool is_uring = home.ring().reactor() == core::Reactor::kUring;
  metrics_
      .gauge({.name = "millrace_reactor",
              .help = "What the cores wait with.",
              .labels = {{"backend", is_uring ? "uring" : "epoll"}}})
      .set(1);
  library_ = std::make_unique<media::library::Library>(control_, *catalogue_, places, paths_);
  uploads_ = std::make_unique<media::upload::Uploads>(media::upload::Uploads::Parts{
      .home = home,
      .control = control_,
      .catalogue = *catalogue_,
      .store = upload_store_,
      .limits = {.size_max = config_.upload.max_size.value,
                 .free_floor = config_.store.free_space_floor.value,
                 .lifetime = config_.upload.expire_after},
      .accepted = {.self = this, .show = &Program::show_video, .to_json = video_json},
      .metrics = metrics_});
  exporter_ = std::make_unique<media::library::TsExporter>(config_, *library_, *shelves_[0]);
  const auto videos = co_await library_->with_catalogue(
      [](media::catalogue::Catalogue& c) { return c.load_videos(); });
  if (!videos) co_return std::unexpected(videos.error());
  const core::Result<> removed = co_await library_->finish_removals();
  if (!removed) co_return removed;

  store_read_ = true;
  for (const Place& place : places_) {
    if (!place.sockets.empty()) continue;
    opening_ = name_of(place);
    const core::Result<> unused = core::io::check_unused(place.address.host, place.address.port);
    if (!unused) co_return unused;
  }
  const core::Result<> live = co_await live_.open(cores, control_, *pages_, paths_.live());
  if (!live) co_return live;
  for (size_t i = 0; i < cores.size(); ++i) {
    media::library::Shelf* shelf = shelves_[i].get();
    const core::Result<> opened =
        co_await core::run_on(cores.at(i), [&, shelf, i]() -> core::Result<> {
          shelf->load(*videos);
          return open_site(cores.at(i));
        });
    if (!opened) co_return opened;
  }
  OPENSSL_cleanse(ticket_seed_.secret.data(), ticket_seed_.secret.size());
  for (Place& place : places_) place.sockets.clear();  // Each core has its own descriptors of them.
  for (size_t i = 0; i < cores.size(); ++i) {
    static_cast<void>(co_await core::run_on(cores.at(i), [&, i] { sites_[i]->all_listen(); }));
  }
  scheduler_ = std::make_unique<media::library::JobScheduler>(config_, *library_);
  home.spawn(run_jobs());
  home.spawn(watch_machine());
  home.spawn(uploads_->keep_expiring());
  co_return core::Result<>{};
}

std::string Program::name_of(const Place& place) {
  return fmt::format("{} {}", place.scheme == Scheme::kHttps ? "tls.listen" : "server.listen",
                     core::to_string(place.address));
}

std::vector<std::string> Program::addresses() const {
  std::vector<std::string> all;
  for (const Place& place : places_) {
    all.push_back(fmt::format("{}://{}", place.scheme == Scheme::kHttps ? "https" : "http",
                              core::to_string(place.address)));
  }
  for (const core::ListenAddress& address : live_.rtmp_addresses) {
    all.push_back("rtmp://" + core::to_string(address));
  }
  return all;
}

core::Result<> Program::open_site(core::Core& core) {
  const SharedParts parts{.config = config_,
                          .metrics = metrics_,
                          .pages = *pages_,
                          .server_metrics = server_metrics_,
                          .access_spool = access_spool_.get(),
                          .headcount = headcount_,
                          .home = *home_,
                          .library = *library_,
                          .uploads = *uploads_,
                          .exporter = *exporter_,
                          .live = live_,
                          .file_cache_metrics = file_cache_metrics_,
                          .files_folder = files_folder_ ? files_folder_.get() : -1};
  auto site = std::make_unique<CoreSite>(core, parts, *shelves_[core.index()]);
  if (tls_contexts_) {
    site->use_tls({.context = std::move(first_contexts_[core.index()]),
                   .seed = ticket_seed_,
                   .metrics = tls_metrics_});
  }
  CoreSite& its = *site;
  sites_[core.index()] = std::move(site);
  for (Place& place : places_) {
    opening_ = name_of(place);
    const core::Result<uint16_t> port =
        its.listen({.address = place.address.host,
                    .port = place.address.port,
                    .sockets = place.sockets_of(core, sites_.size()),
                    .group = place.servers.get()},
                   place.scheme);
    if (!port) return std::unexpected(port.error());
    place.address.port = *port;
  }
  for (core::ListenAddress& address : live_.rtmp_addresses) {
    opening_ = "live.rtmp_listen " + core::to_string(address);
    const core::Result<uint16_t> port = its.listen_rtmp(address);
    if (!port) return std::unexpected(port.error());
    address.port = *port;
  }
  return {};
}

std::vector<core::UniqueFd> Program::Place::sockets_of(const core::Core& core,
                                                       size_t core_count) const {
  std::vector<core::UniqueFd> own;
  // With more cores than sockets, cores share one; with fewer, a core has several: none may be left
  // without somebody who accepts.
  const size_t end = sockets.empty() ? 0 : std::max(sockets.size(), core_count);
  for (size_t i = core.index(); i < end; i += core_count) {
    own.emplace_back(::fcntl(sockets[i % sockets.size()].get(), F_DUPFD_CLOEXEC, 3));
  }
  return own;
}

void Program::distribute(Listeners listeners) {
  InheritedSockets inherited(std::move(listeners.sockets));
  for (Place& place : places_) {
    if (place.address.port != 0) place.sockets = inherited.take(place.address);
  }
  for (Place& place : places_) {
    if (place.sockets.empty() && place.address.port == 0) {
      place.sockets = inherited.take(place.address);
    }
  }
  Place& first = places_.front();
  if (!first.sockets.empty() || inherited.empty()) return;
  // A socket unit or a predecessor has another address: it wins, as clients wait there.
  const core::ListenAddress wanted = std::exchange(first.address, inherited.first_address());
  first.sockets = inherited.take(first.address);
  core::log::event(core::log::Level::kWarning, "server.listen_ignored",
                   {{"wanted", core::to_string(wanted)}, {"used", core::to_string(first.address)}});
}

core::Task<void> Program::show_video(void* self, media::catalogue::VideoChange change) {
  auto* program = static_cast<Program*>(self);
  // The news must arrive: a full mailbox only delays the answer to this upload.
  for (;;) {
    const core::Result<> shown =
        co_await core::run_on(*program->home_, [&] { return program->library_->show(change); });
    if (shown) co_return;
    static_cast<void>(co_await core::io::Sleep(core::Core::current(), core::Timers::kTick));
  }
}

}  // namespace millrace
