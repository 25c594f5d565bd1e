#include "tools/millrace/core_site.h"

#include "core/gate.h"

namespace millrace {

CoreSite::LetGo::LetGo(CoreSite& site) noexcept
    : RemovalHook([](RemovalHook* hook, std::string_view video_id) noexcept {
        CoreSite& its = static_cast<LetGo*>(hook)->site_;
        its.loader_.forget(video_id);
        its.playback_.forget(video_id);
        its.watch_.forget(video_id);
      }),
      site_(site) {}

CoreSite::CoreSite(core::Core& core, const SharedParts& parts, media::library::Shelf& shelf)
    : core_(core),
      config_(parts.config),
      server_metrics_(parts.server_metrics),
      headcount_(parts.headcount),
      pressure_(core.loop_lag()),
      gauges_(parts.metrics, core.index()),
      loader_(core.ring(), parts.library.paths()),
      videos_(shelf, parts.home, parts.library),
      playback_(shelf, loader_, parts.library.paths()),
      watch_(shelf, loader_, core.ring()),
      exports_(shelf, loader_, parts.home, parts.exporter, parts.library.paths()),
      operation_({.core = core,
                  .metrics = parts.metrics,
                  .readiness = readiness_,
                  .pressure = pressure_,
                  .version = MR_VERSION}),
      tus_(parts.uploads),
      upload_(parts.uploads, tus_),
      live_core_(*parts.live.cores[core.index()]),
      desk_(parts.live.config, desk_places(parts.live.cores)),
      ingest_(desk_),
      live_(live_core_.shelf()),
      live_list_(live_core_.shelf(), shelf_places(parts.live.cores)),
      rtmp_metrics_(parts.live.rtmp_metrics),
      let_go_(*this),
      router_(make_router({.videos = videos_,
                           .playback = playback_,
                           .watch = watch_,
                           .exports = exports_,
                           .operation = operation_,
                           .upload = upload_,
                           .tus = tus_,
                           .live = live_,
                           .live_list = live_list_,
                           .ingest = ingest_})) {
  shelf.add(let_go_);
  access_log_.configure(parts.config.access_log, parts.access_spool);
  pressure_.set_lag_max(parts.config.http.lag_max);
  if (parts.files_folder < 0) return;
  files_.emplace(core, http::file_cache_options_of(config_.files, parts.files_folder),
                 http::static_files_terms_of(config_.files), parts.file_cache_metrics);
  http::Endpoint get_file = http::endpoint<&http::StaticFiles::get_file>(*files_);
  get_file.route_class = http::RouteClass::kFile;
  router_.add(http::Method::kGet, config_.files.path + "{path...}", get_file);
}

void CoreSite::use_tls(const TlsParts& parts) {
  const core::TlsConfig& config = config_.tls;
  tls_.emplace(
      core_, parts.context, parts.seed,
      http::tls::TlsEndpoint::Options{
          .ticket_rotation = config.ticket_rotation,
          .handshake_timeout = config.handshake_timeout,
          .handshakes_waiting_max = config.handshakes_waiting_max,
          .sealing = config.kernel ? http::tls::Sealing::kInKernel : http::tls::Sealing::kHere},
      parts.metrics);
}

core::Result<uint16_t> CoreSite::listen(http::ListenOn listen_on, Scheme scheme) {
  http::Site site{.router = router_,
                  .metrics = server_metrics_,
                  .cors = http::cors_policy_of(config_.cors),
                  .limits = http::limits_of(config_.http, config_.server),
                  .tls = scheme == Scheme::kHttps ? tls() : nullptr,
                  .access_log = &access_log_,
                  .pressure = &pressure_,
                  .headcount = &headcount_};
  core::Result<std::unique_ptr<http::Server>> server =
      http::Server::start(core_, std::move(site), std::move(listen_on));
  if (!server) return std::unexpected(server.error());
  servers_.push_back(std::move(*server));
  return servers_.back()->port();
}

core::Result<uint16_t> CoreSite::listen_rtmp(const core::ListenAddress& address) {
  core::Result<std::unique_ptr<media::rtmp::RtmpServer>> server =
      media::rtmp::RtmpServer::start(core_, {.desk = desk_, .metrics = rtmp_metrics_}, address);
  if (!server) return std::unexpected(server.error());
  rtmp_servers_.push_back(std::move(*server));
  return rtmp_servers_.back()->port();
}

void CoreSite::observe(const core::MachineLoad& load) {
  pressure_.set_machine_load(load);
  size_t connections = 0;
  for (const auto& server : servers_) connections += server->connection_count();
  gauges_.show({.core = core_,
                .connections = connections,
                .pressure = pressure_,
                .tracks = loader_,
                .playlists = playback_.playlists(),
                .downloads = watch_.downloads()});
}

void CoreSite::configure(const core::Config& config, core::LineSpool* access_spool) {
  access_log_.configure(config.access_log, access_spool);
  pressure_.set_lag_max(config.http.lag_max);
  for (const auto& server : servers_) {
    server->configure(http::cors_policy_of(config.cors),
                      http::limits_of(config.http, config.server));
  }
}

core::Task<void> CoreSite::fall_quiet() {
  for (const auto& server : servers_) co_await server->fall_quiet();
  co_await stop_live();
}

std::vector<int> CoreSite::sockets() const {
  std::vector<int> sockets;
  for (const auto& server : servers_) {
    for (const int socket : server->sockets()) sockets.push_back(socket);
  }
  return sockets;
}

// Publishers first: what they sent is in the streams when the workers end.
core::Task<void> CoreSite::stop_live() {
  for (const auto& server : rtmp_servers_) co_await server->stop();
  rtmp_servers_.clear();
  co_await live_core_.stop();
}

// All at once: each may take as long as responses may.
core::Task<void> CoreSite::stop() {
  core::Gate stopping;
  for (const auto& server : servers_) {
    core_.spawn([](http::Server& its, core::Gate::Pass) -> core::Task<void> {
      co_await its.stop();
    }(*server, stopping.enter()));
  }
  co_await stop_live();
  co_await stopping.empty();
  servers_.clear();
}

}  // namespace millrace
