// Everything that one core serves with.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/config.h"
#include "core/metrics.h"
#include "core/page_source.h"
#include "http/server.h"
#include "http/static_files.h"
#include "http/tls/tls_endpoint.h"
#include "media/library/library.h"
#include "media/library/track_loader.h"
#include "media/live/channel/channel_desk.h"
#include "media/live/ingest/http/http_ingest.h"
#include "media/live/ingest/rtmp/server.h"
#include "media/upload/uploads.h"
#include "tools/millrace/core_gauges.h"
#include "tools/millrace/live_parts.h"
#include "tools/millrace/routes.h"

namespace millrace {

/// What a core speaks TLS with.
struct TlsParts {
  core::Snapshot<http::tls::TlsContext> context;
  const http::tls::TicketSeed& seed;
  const http::tls::TlsMetrics& metrics;
};

/// What all cores share: made before any of them serves, and outlives them.
struct SharedParts {
  const core::Config& config;
  core::Metrics& metrics;
  const core::PageSource& pages;
  const http::ServerMetrics& server_metrics;
  core::LineSpool* access_spool;  ///< Null: no access log is kept.
  core::Headcount& headcount;
  core::Core& home;
  media::library::Library& library;
  media::upload::Uploads& uploads;
  media::library::TsExporter& exporter;
  LiveParts& live;
  const http::FileCacheMetrics& file_cache_metrics;
  int files_folder = -1;  ///< Of FilesConfig, opened; -1: none.
};

enum class Scheme : uint8_t { kHttp, kHttps };

/// Made, used and destroyed on its core.
class CoreSite {
 public:
  CoreSite(core::Core& core, const SharedParts& parts, media::library::Shelf& shelf);

  void use_tls(const TlsParts& parts);
  /// Starts to accept; yields the port in use. HTTPS is for a site that uses TLS. Errors: kInvalid
  /// (address), kOs (in use, not permitted).
  core::Result<uint16_t> listen(http::ListenOn listen_on, Scheme scheme);
  /// Starts to take publishers by RTMP; yields the port in use. Errors: as of `listen`.
  core::Result<uint16_t> listen_rtmp(const core::ListenAddress& address);
  /// Null: none.
  [[nodiscard]] http::tls::TlsEndpoint* tls() noexcept { return tls_ ? &*tls_ : nullptr; }
  /// Every core listens.
  void all_listen() noexcept { readiness_.listening = true; }
  void observe(const core::MachineLoad& load);
  /// Takes over what may change while it runs.
  void configure(const core::Config& config, core::LineSpool* access_spool);
  /// http::Server::fall_quiet, of all servers.
  core::Task<void> fall_quiet();
  /// Those that it accepts from, borrowed.
  [[nodiscard]] std::vector<int> sockets() const;
  core::Task<void> stop();

 private:
  core::Task<void> stop_live();

  class LetGo final : public media::library::RemovalHook {
   public:
    explicit LetGo(CoreSite& site) noexcept;

   private:
    CoreSite& site_;
  };

  core::Core& core_;
  const core::Config& config_;
  const http::ServerMetrics& server_metrics_;
  core::Headcount& headcount_;
  media::api::Readiness readiness_{.catalogue_open = true};
  http::PressureGauge pressure_;
  CoreGauges gauges_;
  media::library::TrackLoader loader_;
  media::api::VideosRoutes videos_;
  media::api::PlaybackRoutes playback_;
  media::api::WatchRoutes watch_;
  media::api::ExportRoutes exports_;
  media::api::OperationRoutes operation_;
  media::upload::TusRoutes tus_;
  media::upload::UploadRoutes upload_;
  LiveCore& live_core_;
  media::live::ChannelDesk desk_;
  media::live::HttpIngest ingest_;
  media::api::LiveRoutes live_;
  media::api::LiveListRoutes live_list_;
  const media::rtmp::RtmpMetrics& rtmp_metrics_;
  std::optional<http::StaticFiles> files_;
  LetGo let_go_;
  http::AccessLog access_log_;
  http::Router router_;
  std::optional<http::tls::TlsEndpoint> tls_;
  std::vector<std::unique_ptr<http::Server>> servers_;
  std::vector<std::unique_ptr<media::rtmp::RtmpServer>> rtmp_servers_;
};

}  // namespace millrace
