// How much each core holds, for whoever chooses where something new goes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace millrace::core {

/// Shared by all cores. A core's count lies in a cache line of its own, which others read when they
/// choose and write when they hand something over: for connections, never for requests.
class LoadBoard {
 public:
  /// A core is told from another that is lighter by more than a sixteenth and by more than six:
  /// moving one costs two wake-ups, so what short connections make of the counts is left alone.
  static constexpr uint32_t kToleratedShare = 16;
  static constexpr uint32_t kTolerated = 6;
  /// 8: each look is a cache miss. With more cores than nine every choice looks at others.
  static constexpr unsigned kLooksMax = 8;

  explicit LoadBoard(unsigned core_count);

  /// Whether `core` may be chosen; at first it may not. By that core.
  void open(unsigned core) noexcept;
  void close(unsigned core) noexcept;

  /// Any core.
  void add(unsigned core) noexcept;
  void remove(unsigned core) noexcept;
  [[nodiscard]] uint32_t load(unsigned core) const noexcept;

  /// The open core with the least, if that is clearly less than `core` holds. By `core`.
  [[nodiscard]] std::optional<unsigned> lighter_than(unsigned core) noexcept;
  [[nodiscard]] static bool is_clearly_less(uint32_t load, uint32_t than) noexcept;

 private:
  struct alignas(64) Place {
    std::atomic<uint32_t> load = 0;
    std::atomic<bool> open = false;
    unsigned last_look = 0;  // Of its core only.
  };

  const unsigned count_;
  std::unique_ptr<Place[]> places_;
};

}  // namespace millrace::core
