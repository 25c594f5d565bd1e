// Tells every core what happened to a video.
#pragma once

#include <vector>

#include "core/cores.h"
#include "core/io/sleep.h"
#include "media/library/shelf.h"

namespace millrace::media::library {

/// Lives on the home core. An announcement is delivered to each core in turn and to all of them in
/// the order in which this was called by one task.
class Announcer {
 public:
  struct Place {
    core::Core* core;
    Shelf* shelf;
  };
  explicit Announcer(std::vector<Place> places) : places_(std::move(places)) {}

  /// Done when every core knows. A core whose mailbox is full is asked again: news are never lost,
  /// and the task that has them waits, which is the back-pressure on whoever makes them.
  template <class News>
  core::Task<void> announce(News news) {
    for (const Place& place : places_) {
      Shelf* shelf = place.shelf;
      for (;;) {
        const core::Result<> told =
            co_await core::run_on(*place.core, [shelf, &news] { shelf->apply(news); });
        if (told) break;
        static_cast<void>(co_await core::io::Sleep(core::Core::current(), core::Timers::kTick));
      }
    }
  }

 private:
  std::vector<Place> places_;
};

}  // namespace millrace::media::library
