// What the operator sees of the cores and of the machine, sampled once a second.
#pragma once

#include "core/core.h"
#include "core/machine_load.h"
#include "core/metrics.h"
#include "http/pressure.h"
#include "media/api/playlist_cache.h"
#include "media/library/download_cache.h"
#include "media/library/track_loader.h"

namespace millrace {

/// One per core, used on it. Levels of the cores are added up, except where a core is named.
class CoreGauges {
 public:
  CoreGauges(core::Metrics& metrics, unsigned core_index);

  struct Seen {
    core::Core& core;
    size_t connections;
    const http::PressureGauge& pressure;
    const media::library::TrackLoader& tracks;
    const media::api::PlaylistCache& playlists;
    const media::library::DownloadCache& downloads;
  };
  void show(const Seen& seen) const;

 private:
  core::Gauge connections_;
  core::Gauge lag_us_;
  core::Gauge longest_turn_us_;
  core::Gauge pressure_;
  core::Gauge frames_;
  core::Gauge buffers_;
  core::Gauge recv_buffers_;
  core::Gauge playlist_bytes_;
  core::Gauge download_bytes_;
  core::Gauge playlists_;
  core::Gauge downloads_;
  core::Gauge tracks_;
  core::Gauge track_files_;
};

/// Of the process and the machine; used on one core.
class MachineGauges {
 public:
  explicit MachineGauges(core::Metrics& metrics);

  void show(const core::MachineLoad& load, size_t worker_count) const;

 private:
  core::Gauge descriptors_open_;
  core::Gauge descriptors_max_;
  core::Gauge resident_bytes_;
  core::Gauge tcp_bytes_;
  core::Gauge tcp_bytes_max_;
  core::Gauge workers_;
};

}  // namespace millrace
