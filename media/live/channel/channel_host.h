// The channels whose home is one core.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/page_source.h"
#include "media/live/channel/channel.h"

namespace millrace::media::live {

/// Every core has one; a channel is at home on the core that its place in the configuration gives
/// it, so that any core can tell which.
class ChannelHost {
 public:
  struct Options {
    core::Snapshot<core::Config> config;
    core::ControlThread& control;
    EventSink& events;
    const core::PageSource& pages;           ///< Outlives this.
    std::vector<StatePoster::Place> places;  ///< Of all cores.
    std::string folder;                      ///< For what must survive a restart.
  };
  /// On `home`, which is `options.places[home.index()]`.
  ChannelHost(core::Core& home, Options options);

  /// By the place in the configuration; null: it is at home elsewhere.
  Channel* find(size_t channel) noexcept;
  /// Streams that are being published.
  [[nodiscard]] size_t live_count() const noexcept;
  [[nodiscard]] const PartStore& store() const noexcept { return store_; }
  /// Ends all workers. Nothing may be admitted afterwards.
  core::Task<void> stop();

 private:
  const std::vector<StatePoster::Place> places_;
  PartStore store_;
  ChannelSite site_;
  std::vector<std::unique_ptr<Channel>> channels_;  // By place; null: at home elsewhere.
};

}  // namespace millrace::media::live
