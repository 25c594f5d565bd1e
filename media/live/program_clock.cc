#include "media/live/program_clock.h"

#include <algorithm>

#include "core/assert.h"

namespace millrace::media::live {
namespace {

// A rendition that is behind may still be in the run before; nobody is two runs behind for long.
constexpr size_t kRunsMax = 4;

}  // namespace

void ProgramClock::begin(uint64_t run, MediaTime media, Date date) {
  anchors_.push_back({.run = run, .media = media, .date = std::max(date, last_said_)});
  if (anchors_.size() > kRunsMax) anchors_.pop_front();
}

ProgramClock::Date ProgramClock::date_of(uint64_t run, MediaTime media) const noexcept {
  MR_ASSERT(!anchors_.empty());
  auto anchor = anchors_.begin();
  for (auto next = anchor; next != anchors_.end() && next->run <= run; ++next) anchor = next;
  return anchor->date + (media - anchor->media);
}

}  // namespace millrace::media::live
