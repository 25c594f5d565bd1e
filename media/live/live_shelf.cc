#include "media/live/live_shelf.h"

#include <algorithm>
#include <utility>

#include "core/assert.h"
#include "media/live/live_wait.h"

namespace millrace::media::live {

using core::ErrorCode;
using core::fail;

LiveShelf::Tick::Tick(LiveShelf& of) noexcept
    : Timer([](Timer* timer) noexcept { static_cast<Tick*>(timer)->shelf.look_at_deadlines(); }),
      shelf(of) {}

LiveShelf::LiveShelf(core::Core& core, Limits limits) noexcept
    : core_(core), limits_(limits), tick_(*this) {}

LiveShelf::~LiveShelf() { MR_ASSERT(waiter_count_ == 0); }

void LiveShelf::apply(core::Snapshot<StreamState> state) {
  const auto known = streams_.find(state->name);
  if (state->phase == StreamState::Phase::kRemoved) {
    if (known == streams_.end()) return;
    const std::shared_ptr<ShelvedStream> stream = std::move(known->second);
    streams_.erase(known);
    stream->end_all({.code = ErrorCode::kGone, .what = "the live stream was removed"});
    return;
  }
  if (known == streams_.end()) {
    std::string name = state->name;
    streams_.emplace(std::move(name), std::make_shared<ShelvedStream>(std::move(state)));
    return;
  }
  if (known->second->state().first_msn != state->first_msn) {
    const std::shared_ptr<ShelvedStream> before =
        std::exchange(known->second, std::make_shared<ShelvedStream>(std::move(state)));
    before->end_all({.code = ErrorCode::kGone, .what = "the live stream began anew"});
    return;
  }
  known->second->replace(std::move(state));
  known->second->wake_reached();
}

std::shared_ptr<ShelvedStream> LiveShelf::find(std::string_view name) const {
  const auto found = streams_.find(name);
  return found == streams_.end() ? nullptr : found->second;
}

std::vector<core::Snapshot<StreamState>> LiveShelf::list() const {
  std::vector<core::Snapshot<StreamState>> all;
  all.reserve(streams_.size());
  for (const auto& [name, stream] : streams_) all.push_back(stream->snapshot());
  std::ranges::sort(all, {}, [](const auto& state) -> const std::string& { return state->name; });
  return all;
}

core::Result<> LiveShelf::admit(ShelvedStream& stream) noexcept {
  if (waiter_count_ >= limits_.waiters_max ||
      stream.waiter_count_ >= limits_.waiters_per_stream_max) {
    return fail(ErrorCode::kOverloaded, "too many wait for live streams");
  }
  if (waiter_count_++ == 0) core_.timers().set(tick_, core_.now() + kTick);
  ++stream.waiter_count_;
  return {};
}

void LiveShelf::leave(ShelvedStream& stream) noexcept {
  --waiter_count_;
  --stream.waiter_count_;
}

void LiveShelf::look_at_deadlines() noexcept {
  const core::MonotonicTime now = core_.now();
  for (const auto& [name, stream] : streams_) stream->end_overdue(now);
  if (waiter_count_ > 0) core_.timers().set(tick_, now + kTick);
}

}  // namespace millrace::media::live
