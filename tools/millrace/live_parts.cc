#include "tools/millrace/live_parts.h"

namespace millrace {

LiveParts::LiveParts(const core::Config& its_config, core::Metrics& metrics)
    : config(std::make_shared<const core::Config>(its_config)),
      webhook_metrics(metrics),
      rtmp_metrics(metrics),
      rtmp_addresses(its_config.live.rtmp_listen) {}

core::Task<core::Result<>> LiveParts::open(core::Cores& all, core::ControlThread& control,
                                           const core::PageSource& pages,
                                           const std::string& folder) {
  cores.resize(all.size());
  const LiveCore::Telling telling{
      .poster = webhook_thread, .metrics = webhook_metrics, .config = config->live};
  for (size_t i = 0; i < all.size(); ++i) {
    const auto made = co_await core::run_on(
        all.at(i), [&, i] { cores[i] = std::make_unique<LiveCore>(all.at(i), telling); });
    if (!made) co_return made;
  }
  const LiveCore::Site site{
      .config = config, .control = control, .pages = pages, .all = cores, .folder = folder};
  for (size_t i = 0; i < all.size(); ++i) {
    const auto opened = co_await core::run_on(all.at(i), [&, i] { cores[i]->open(site); });
    if (!opened) co_return opened;
  }
  co_return core::Result<>{};
}

}  // namespace millrace
