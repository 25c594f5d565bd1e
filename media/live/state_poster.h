// Tells every core what a live stream has become.
#pragma once

#include <memory>
#include <vector>

#include "core/cores.h"
#include "core/snapshot.h"
#include "media/live/live_shelf.h"
#include "media/live/stream_state.h"

namespace millrace::media::live {

/// One for each stream, on its home core. States reach each core in order; where a core is slow the
/// ones between are left out, since each holds all there is. So at most one message to each core is
/// under way. May be destroyed while messages are.
class StatePoster {
 public:
  struct Place {
    core::Core* core;
    LiveShelf* shelf;
  };
  /// What is in `places` outlives all messages: cores end after their tasks.
  explicit StatePoster(const std::vector<Place>& places);

  void post(const core::Snapshot<StreamState>& state);

 private:
  struct Courier {
    Place place;
    core::Snapshot<StreamState> next;  // Null: nothing to bring.
    bool is_under_way = false;
  };
  static core::Task<void> deliver(std::shared_ptr<Courier> courier);

  std::vector<std::shared_ptr<Courier>> couriers_;
};

}  // namespace millrace::media::live
