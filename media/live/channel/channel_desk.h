// Who may publish, asked on any core.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/cores.h"
#include "media/live/channel/channel_host.h"
#include "media/live/ingest/publisher.h"

namespace millrace::media::live {

/// Knows by the key which channel is meant and on which core that is at home, and carries bytes
/// there. One per core.
class ChannelDesk final : public PublishDesk {
 public:
  struct Place {
    core::Core* core;
    ChannelHost* host;
  };
  /// `places` are all cores, in their order.
  ChannelDesk(core::Snapshot<core::Config> config, std::vector<Place> places);

  core::Task<core::Result<std::unique_ptr<IngestFeed>>> admit(PublishRequest request,
                                                              core::Cancellation& stop) override;

 private:
  /// The place of the channel in the configuration. Takes as long whatever the key is.
  [[nodiscard]] std::optional<size_t> find(std::string_view key) const noexcept;

  const core::Snapshot<core::Config> config_;
  const std::vector<Place> places_;
};

}  // namespace millrace::media::live
