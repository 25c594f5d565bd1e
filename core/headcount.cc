#include "core/headcount.h"

#include <utility>

#include "core/hash.h"

namespace millrace::core {

Headcount::Headcount()
    : places_(std::make_unique<std::atomic<uint64_t>[]>(kPlaceCount)) {}

Headcount::Head::Head(Head&& other) noexcept
    : counted_by_(std::exchange(other.counted_by_, nullptr)), place_(other.place_) {}

Headcount::Head::~Head() {
  if (counted_by_ == nullptr) return;
  counted_by_->whole_.fetch_sub(1, std::memory_order_relaxed);
  if (place_ == nullptr) return;
  uint64_t now = place_->load(std::memory_order_relaxed);
  uint64_t next = 0;
  do {
    next = (now & kCountMask) == 1 ? 0 : now - 1;
  } while (!place_->compare_exchange_weak(now, next, std::memory_order_relaxed));
}

Headcount::Taken Headcount::take(std::atomic<uint64_t>& place, uint64_t mark,
                                 size_t group_max) noexcept {
  uint64_t now = place.load(std::memory_order_relaxed);
  for (;;) {
    const uint64_t count = now & kCountMask;
    if (count != 0 && (now & ~kCountMask) != mark) return Taken::kNo;
    if (count >= group_max || count == kCountMask) return Taken::kFull;
    if (place.compare_exchange_weak(now, mark | (count + 1), std::memory_order_relaxed)) {
      return Taken::kYes;
    }
  }
}

std::optional<Headcount::Head> Headcount::enter(std::string_view group,
                                                const Limits& limits) noexcept {
  if (whole_.fetch_add(1, std::memory_order_relaxed) >= limits.whole_max) {
    whole_.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  Head head(*this, nullptr);
  // Seeded: nobody can choose addresses that share a place.
  const Hash128 hash = xxh3_128(bytes_of(group), process_seed());
  const uint64_t mark = hash.low & ~kCountMask;
  // The group's own place first: one before it may have become free since it came.
  for (const bool may_begin : {false, true}) {
    for (size_t probe = 0; probe < kProbesMax; ++probe) {
      std::atomic<uint64_t>& place = places_[(hash.high + probe) % kPlaceCount];
      const bool is_free = place.load(std::memory_order_relaxed) == 0;
      if (is_free && !may_begin) continue;
      const Taken taken = take(place, mark, limits.group_max);
      if (taken == Taken::kFull) return std::nullopt;
      if (taken == Taken::kNo) continue;
      head.place_ = &place;
      return head;
    }
  }
  return head;
}

}  // namespace millrace::core
