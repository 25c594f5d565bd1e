#include "http/h2/flood_guard.h"

#include <algorithm>
#include <chrono>

namespace millrace::http::h2 {
namespace {

struct Rate {
  uint32_t burst;
  uint32_t per_second;
};

constexpr std::array<Rate, 7> kRates{{
    // A player that seeks cancels a handful of requests; a proxy in front of 1,000 of them, some a
    // second.
    {.burst = 400, .per_second = 40},
    // A correct client forces none; a buggy one, one for each of its streams.
    {.burst = 128, .per_second = 8},
    {.burst = 16, .per_second = 1},
    // Some clients measure the round trip with each window.
    {.burst = 128, .per_second = 16},
    // One or two for each request.
    {.burst = 1024, .per_second = 256},
    // Besides those for data that was sent.
    {.burst = 1024, .per_second = 16},
    {.burst = 64, .per_second = 8},
}};

// Clients open the windows of stream and connection each time they have read 4 KiB or more: 16 KiB
// are twice four.
constexpr uint32_t kUpdatesPerData = 8;

}  // namespace

FloodGuard::FloodGuard(core::MonotonicTime now) noexcept : start_(now) {
  for (size_t i = 0; i < kBucketCount; ++i) buckets_[i].tokens = kRates[i].burst;
}

bool FloodGuard::allow(Flood kind, core::MonotonicTime now) noexcept {
  Bucket& bucket = buckets_[static_cast<size_t>(kind)];
  const Rate& rate = kRates[static_cast<size_t>(kind)];
  if (bucket.tokens == 0) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - start_).count();
    const auto now_ms = static_cast<uint32_t>(age);  // Wraps after 49 days, as the difference does.
    const uint64_t earned = uint64_t{now_ms - bucket.refilled_ms} * rate.per_second / 1000;
    if (earned == 0) return false;
    bucket.tokens = static_cast<uint32_t>(std::min<uint64_t>(earned, rate.burst));
    bucket.refilled_ms = now_ms;
  }
  --bucket.tokens;
  return true;
}

void FloodGuard::sent_data() noexcept {
  Bucket& bucket = buckets_[static_cast<size_t>(Flood::kWindowUpdates)];
  constexpr uint32_t kMost = 1U << 20;
  if (bucket.tokens < kMost) bucket.tokens += kUpdatesPerData;
}

}  // namespace millrace::http::h2
