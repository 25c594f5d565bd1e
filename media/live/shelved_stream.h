// One live stream on one core.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/intrusive_list.h"
#include "core/snapshot.h"
#include "http/shared_response.h"
#include "media/live/reload_directives.h"
#include "media/live/stream_state.h"

namespace millrace::media::live {

class LiveWait;

/// The newest state that has reached this core, the responses that were made of it here, and lists
/// of those who wait. Look at the state again after each wait.
class ShelvedStream {
 public:
  explicit ShelvedStream(core::Snapshot<StreamState> state);
  ShelvedStream(const ShelvedStream&) = delete;
  ShelvedStream& operator=(const ShelvedStream&) = delete;
  ~ShelvedStream();

  const StreamState& state() const noexcept { return *state_; }
  const core::Snapshot<StreamState>& snapshot() const noexcept { return state_; }
  const RenditionState& rendition(size_t index) const noexcept {
    return *state_->renditions[index];
  }
  const WindowState& window(size_t index) const noexcept { return *rendition(index).window; }
  /// By the quality in its address.
  std::optional<size_t> find(std::string_view quality) const noexcept;

  /// Whether a request waited for what it gets tells how long caches may keep it (LH-04).
  enum class Reload : uint8_t { kPlain, kBlocking };
  std::shared_ptr<http::SharedResponse> playlist(size_t index, Skip skip, Reload reload);
  std::shared_ptr<http::SharedResponse> multivariant();
  /// A part by the number in its name, or a segment; null where there is none.
  std::shared_ptr<http::SharedResponse> part(size_t index, uint64_t number);
  std::shared_ptr<http::SharedResponse> segment(size_t index, uint64_t msn);

  core::IntrusiveList<LiveWait>& waiters(size_t index) noexcept { return places_[index]->waiters; }
  core::IntrusiveList<LiveWait>& waiters_for_start() noexcept { return waiters_for_start_; }
  size_t waiter_count() const noexcept { return waiter_count_; }
  std::chrono::nanoseconds patience() const noexcept {
    return std::chrono::seconds(3 * uint64_t{state_->timings.target_duration_s});
  }

 private:
  friend class LiveShelf;
  using Response = std::shared_ptr<http::SharedResponse>;
  /// What viewers at the live edge ask for within a few seconds, so that thousands of them share
  /// its fields: parts and segments, by their numbers.
  struct Media {
    enum class Kind : uint8_t { kPart, kSegment } kind;
    uint64_t number;
    Response response;
  };
  struct Place {
    core::IntrusiveList<LiveWait> waiters;
    std::array<std::array<Response, 2>, 3> playlists;  // by skip, by reload
    std::deque<Media> recent;
  };
  static constexpr size_t kRecentMax = 24;

  void replace(core::Snapshot<StreamState> state);
  [[nodiscard]] bool is_gone(size_t index, const Media& media) const noexcept;
  void wake_reached();
  void end_all(core::Error error) noexcept;
  void end_overdue(core::MonotonicTime now) noexcept;
  template <class F>
  void for_each_list(F f);
  Response find_recent(size_t index, Media::Kind kind, uint64_t number) const;
  Response keep(size_t index, Media media);

  core::Snapshot<StreamState> state_;
  std::vector<std::unique_ptr<Place>> places_;  // by rendition
  core::IntrusiveList<LiveWait> waiters_for_start_;
  Response multivariant_;
  size_t waiter_count_ = 0;
};

}  // namespace millrace::media::live
