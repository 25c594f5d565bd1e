// Who is here, counted over all cores.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace millrace::core {

/// Counts heads in all and by group (a client's address). Written by several cores, and so used
/// where a connection begins and ends and never for a request. A fixed table of hashes: when all
/// places that a group may take are others', its heads count in the whole only.
class Headcount {
 public:
  /// 2^17 places of 8 bytes: 1 MiB. 40,000 groups at a time fill a third.
  static constexpr size_t kPlaceCount = size_t{1} << 17;

  struct Limits {
    size_t whole_max = 0;
    size_t group_max = 0;
  };

  Headcount();
  Headcount(const Headcount&) = delete;

  /// One head; leaves when destroyed.
  class Head {
   public:
    Head(Head&& other) noexcept;
    Head& operator=(Head&&) = delete;
    ~Head();

   private:
    friend class Headcount;
    Head(Headcount& counted_by, std::atomic<uint64_t>* place) noexcept
        : counted_by_(&counted_by), place_(place) {}
    Headcount* counted_by_;
    std::atomic<uint64_t>* place_;  // Null: in the whole only.
  };

  /// Empty: over a limit. Any thread.
  std::optional<Head> enter(std::string_view group, const Limits& limits) noexcept;

  [[nodiscard]] size_t whole() const noexcept { return whole_.load(std::memory_order_relaxed); }

 private:
  // A place: 40 bits that tell the group | 24 bits of its count; 0 is free.
  static constexpr unsigned kCountBits = 24;
  static constexpr uint64_t kCountMask = (uint64_t{1} << kCountBits) - 1;
  static constexpr size_t kProbesMax = 16;

  enum class Taken : uint8_t { kYes, kNo, kFull };
  static Taken take(std::atomic<uint64_t>& place, uint64_t mark, size_t group_max) noexcept;

  std::unique_ptr<std::atomic<uint64_t>[]> places_;
  alignas(64) std::atomic<size_t> whole_ = 0;
};

}  // namespace millrace::core
