#include "tools/millrace/core_site.h"

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
      loader_(core.ring(), parts.library.paths()),
      videos_(shelf, parts.home, parts.library),
      playback_(shelf, loader_, parts.library.paths()),
      watch_(shelf, loader_, core.ring()),
      exports_(shelf, loader_, parts.home, parts.exporter, parts.library.paths()),
      operation_(core, parts.metrics),
      tus_(parts.uploads),
      upload_(parts.uploads, tus_),
      let_go_(*this),
      router_(make_router({.videos = videos_,
                           .playback = playback_,
                           .watch = watch_,
                           .exports = exports_,
                           .operation = operation_,
                           .upload = upload_,
                           .tus = tus_})) {
  shelf.add(let_go_);
  if (parts.files_folder < 0) return;
  files_.emplace(core, http::file_cache_options_of(config_.files, parts.files_folder),
                 http::static_files_terms_of(config_.files), parts.file_cache_metrics);
  router_.add(http::Method::kGet, config_.files.path + "{path...}",
              http::endpoint<&http::StaticFiles::get_file>(*files_));
}

core::Result<> CoreSite::start(const http::ListenOn& listen_on) {
  http::Site site{.router = router_,
                  .metrics = server_metrics_,
                  .cors = http::cors_policy_of(config_.cors),
                  .limits = http::limits_of(config_.http, config_.server)};
  core::Result<std::unique_ptr<http::Server>> server =
      http::Server::start(core_, std::move(site), listen_on);
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  return {};
}

core::Task<void> CoreSite::stop() {
  if (server_ != nullptr) co_await server_->stop();
  server_.reset();
}

}  // namespace millrace
