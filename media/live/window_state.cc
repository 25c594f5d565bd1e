#include "media/live/window_state.h"

#include <algorithm>

namespace millrace::media::live {

Progress WindowState::progress() const noexcept {
  return {.msn = next_msn,
          .part_count = open == nullptr ? 0 : open->parts.size(),
          .last_part_count = segments.empty() ? 0 : segments.back()->parts.size()};
}

const Segment* WindowState::find(uint64_t msn) const noexcept {
  if (msn >= next_msn || msn < oldest_msn()) return nullptr;
  return segments[static_cast<size_t>(msn - oldest_msn())].get();
}

const InitSegment* WindowState::find_init(uint64_t number) const noexcept {
  const auto found = std::ranges::find(inits, number, &InitSegment::number);
  return found == inits.end() ? nullptr : &*found;
}

std::optional<WindowState::FoundPart> WindowState::find_part(uint64_t number) const noexcept {
  const Segment* holder = open.get();
  if (holder == nullptr || number < holder->text.first_part) {
    const auto behind = std::ranges::upper_bound(
        segments, number, {}, [](const auto& segment) { return segment->text.first_part; });
    if (behind == segments.begin()) return {};
    // Gaps hold no parts and share a first number with what follows them.
    holder = std::prev(behind)->get();
  }
  const uint64_t index = number - holder->text.first_part;
  if (index >= holder->parts.size() || holder->parts[index].size == 0) return {};
  return FoundPart{.segment = holder, .bytes = holder->parts[index]};
}

}  // namespace millrace::media::live
