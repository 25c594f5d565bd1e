#include "media/live/channel/channel_host.h"

#include <algorithm>
#include <utility>

namespace millrace::media::live {

ChannelHost::ChannelHost(core::Core& home, Options options)
    : places_(std::move(options.places)),
      store_(options.pages, options.config->live.memory.value / places_.size()),
      site_{.home = home,
            .config = std::move(options.config),
            .control = options.control,
            .store = store_,
            .events = options.events,
            .places = places_,
            .folder = std::move(options.folder)} {
  const auto& channels = site_.config->live.channel;
  channels_.resize(channels.size());
  for (size_t i = home.index(); i < channels.size(); i += places_.size()) {
    channels_[i] = std::make_unique<Channel>(site_, channels[i]);
  }
}

Channel* ChannelHost::find(size_t channel) noexcept {
  return channel < channels_.size() ? channels_[channel].get() : nullptr;
}

size_t ChannelHost::live_count() const noexcept {
  return static_cast<size_t>(std::ranges::count_if(
      channels_, [](const auto& channel) { return channel != nullptr && channel->is_live(); }));
}

core::Task<void> ChannelHost::stop() {
  for (const auto& channel : channels_) {
    if (channel != nullptr) co_await channel->stop();
  }
}

}  // namespace millrace::media::live
