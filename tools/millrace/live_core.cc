#include "tools/millrace/live_core.h"

namespace millrace {

void LiveCore::open(const Site& site) {
  host_.emplace(core_, media::live::ChannelHost::Options{.config = site.config,
                                                         .control = site.control,
                                                         .events = webhooks_,
                                                         .pages = site.pages,
                                                         .places = shelf_places(site.all),
                                                         .folder = site.folder});
}

core::Task<void> LiveCore::stop() {
  if (host_) co_await host_->stop();
  co_await webhooks_.stop();
}

std::vector<media::live::StatePoster::Place> shelf_places(
    const std::vector<std::unique_ptr<LiveCore>>& all) {
  std::vector<media::live::StatePoster::Place> places;
  for (const auto& each : all) places.push_back({.core = &each->core(), .shelf = &each->shelf()});
  return places;
}

std::vector<media::live::ChannelDesk::Place> desk_places(
    const std::vector<std::unique_ptr<LiveCore>>& all) {
  std::vector<media::live::ChannelDesk::Place> places;
  for (const auto& each : all) places.push_back({.core = &each->core(), .host = &each->host()});
  return places;
}

}  // namespace millrace
