#include "media/live/state_poster.h"

#include <utility>

#include "core/io/sleep.h"

namespace millrace::media::live {

StatePoster::StatePoster(const std::vector<Place>& places) {
  couriers_.reserve(places.size());
  for (const Place& place : places) {
    couriers_.push_back(std::make_shared<Courier>(Courier{.place = place, .next = nullptr}));
  }
}

void StatePoster::post(const core::Snapshot<StreamState>& state) {
  core::Core& home = core::Core::current();
  for (const auto& courier : couriers_) {
    if (courier->place.core == &home) {
      courier->place.shelf->apply(state);
      continue;
    }
    courier->next = state;
    if (!std::exchange(courier->is_under_way, true)) home.spawn(deliver(courier));
  }
}

core::Task<void> StatePoster::deliver(std::shared_ptr<Courier> courier) {
  LiveShelf* shelf = courier->place.shelf;
  while (courier->next != nullptr) {
    core::Snapshot<StreamState> state = std::exchange(courier->next, nullptr);
    const core::Result<> told =
        co_await core::run_on(*courier->place.core, [shelf, &state] { shelf->apply(state); });
    if (told) continue;
    // Its mailbox is full. What has come meanwhile is as good.
    if (courier->next == nullptr) courier->next = std::move(state);
    static_cast<void>(co_await core::io::Sleep(core::Core::current(), core::Timers::kTick));
  }
  courier->is_under_way = false;
}

}  // namespace millrace::media::live
