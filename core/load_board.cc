#include "core/load_board.h"

#include <algorithm>

#include "core/assert.h"

namespace millrace::core {

LoadBoard::LoadBoard(unsigned core_count)
    : count_(core_count), places_(std::make_unique<Place[]>(core_count)) {}

void LoadBoard::open(unsigned core) noexcept {
  places_[core].open.store(true, std::memory_order_release);
}

void LoadBoard::close(unsigned core) noexcept {
  places_[core].open.store(false, std::memory_order_relaxed);
}

void LoadBoard::add(unsigned core) noexcept {
  places_[core].load.fetch_add(1, std::memory_order_relaxed);
}

void LoadBoard::remove(unsigned core) noexcept {
  const uint32_t before = places_[core].load.fetch_sub(1, std::memory_order_relaxed);
  MR_ASSERT(before > 0);
}

uint32_t LoadBoard::load(unsigned core) const noexcept {
  return places_[core].load.load(std::memory_order_relaxed);
}

bool LoadBoard::is_clearly_less(uint32_t load, uint32_t than) noexcept {
  return load + std::max(kTolerated, than / kToleratedShare) < than;
}

std::optional<unsigned> LoadBoard::lighter_than(unsigned core) noexcept {
  const uint32_t own = load(core);
  if (!is_clearly_less(0, own)) return std::nullopt;
  uint32_t least = own;
  std::optional<unsigned> lightest;
  unsigned& at = places_[core].last_look;
  for (unsigned looks = std::min(count_ - 1, kLooksMax); looks > 0;) {
    at = (at + 1) % count_;
    if (at == core) continue;
    --looks;
    if (load(at) >= least || !places_[at].open.load(std::memory_order_acquire)) continue;
    least = load(at);
    lightest = at;
  }
  if (!lightest || !is_clearly_less(least, own)) return std::nullopt;
  return lightest;
}

}  // namespace millrace::core
