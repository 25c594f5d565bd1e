// What a core holds of the live streams.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/control.h"
#include "core/page_source.h"
#include "media/live/channel/channel_desk.h"
#include "media/live/channel/channel_host.h"
#include "media/live/events/webhooks.h"
#include "media/live/live_shelf.h"

namespace millrace {

/// Made on its core before any core serves; outlives all of them, since each may be asked for by
/// any other until the last has ended.
class LiveCore {
 public:
  struct Telling {
    core::ControlThread& poster;
    const media::live::WebhookMetrics& metrics;
    const core::LiveConfig& config;
  };
  LiveCore(core::Core& core, const Telling& telling)
      : core_(core),
        shelf_(core),
        webhooks_(core, telling.poster, telling.metrics,
                  {.url = telling.config.webhook_url, .secret = telling.config.webhook_secret}) {}

  struct Site {
    core::Snapshot<core::Config> config;
    core::ControlThread& control;
    const core::PageSource& pages;
    const std::vector<std::unique_ptr<LiveCore>>& all;
    std::string folder;
  };
  /// Once every core has one of these, on its core.
  void open(const Site& site);
  /// On its core: no worker runs afterwards, and nobody may publish.
  core::Task<void> stop();

  [[nodiscard]] core::Core& core() noexcept { return core_; }
  [[nodiscard]] media::live::LiveShelf& shelf() noexcept { return shelf_; }
  [[nodiscard]] media::live::ChannelHost& host() noexcept { return *host_; }

 private:
  core::Core& core_;
  media::live::LiveShelf shelf_;
  media::live::Webhooks webhooks_;
  std::optional<media::live::ChannelHost> host_;
};

/// All of them, as states are posted to.
[[nodiscard]] std::vector<media::live::StatePoster::Place> shelf_places(
    const std::vector<std::unique_ptr<LiveCore>>& all);

/// All of them, for the desk of one core.
[[nodiscard]] std::vector<media::live::ChannelDesk::Place> desk_places(
    const std::vector<std::unique_ptr<LiveCore>>& all);

}  // namespace millrace
