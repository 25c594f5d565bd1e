// The live streams as one core knows them, and those who wait there for what comes next.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/core.h"
#include "core/result.h"
#include "core/snapshot.h"
#include "core/timers.h"
#include "media/live/shelved_stream.h"
#include "media/live/stream_state.h"

namespace millrace::media::live {

/// One per core. States come from the home core of a stream, in their order; each wakes all who
/// waited for it in one pass.
class LiveShelf {
 public:
  struct Limits {
    /// Of this core. 100,000 waiters are 20 MB here, and far more in their connections.
    size_t waiters_max = 100'000;
    size_t waiters_per_stream_max = 50'000;
  };

  explicit LiveShelf(core::Core& core) noexcept : LiveShelf(core, Limits()) {}
  LiveShelf(core::Core& core, Limits limits) noexcept;
  LiveShelf(const LiveShelf&) = delete;
  LiveShelf& operator=(const LiveShelf&) = delete;
  /// Nobody waits any more.
  ~LiveShelf();

  /// Puts `state` in the place of what was there of that name, or removes it (kRemoved).
  void apply(core::Snapshot<StreamState> state);

  /// Counted: it stays as long as whoever asked needs it. Null: no such stream.
  std::shared_ptr<ShelvedStream> find(std::string_view name) const;

  /// What there is now, by name.
  [[nodiscard]] std::vector<core::Snapshot<StreamState>> list() const;

  [[nodiscard]] size_t waiters() const noexcept { return waiter_count_; }
  [[nodiscard]] size_t streams() const noexcept { return streams_.size(); }

 private:
  friend class LiveWait;
  // Deadlines are looked at this often, all of them by one timer: a 503 comes that much late.
  static constexpr std::chrono::milliseconds kTick{100};

  class Tick final : public core::Timer {
   public:
    explicit Tick(LiveShelf& shelf) noexcept;
    LiveShelf& shelf;
  };
  struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>()(name);
    }
  };

  /// kOverloaded: too many wait already.
  core::Result<> admit(ShelvedStream& stream) noexcept;
  void leave(ShelvedStream& stream) noexcept;
  void look_at_deadlines() noexcept;

  core::Core& core_;
  const Limits limits_;
  std::unordered_map<std::string, std::shared_ptr<ShelvedStream>, NameHash, std::equal_to<>>
      streams_;
  size_t waiter_count_ = 0;
  Tick tick_;
};

}  // namespace millrace::media::live
