#include "media/vod/storyboard.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace millrace::media::vod {
namespace {

void append_time(std::string& out, uint64_t ms) {
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}.{:03}", ms / 3'600'000,
                 ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

}  // namespace

std::string render(const Storyboard& storyboard) {
  std::string out = "WEBVTT\n";
  const uint32_t columns = std::max(storyboard.columns, 1u);
  for (uint32_t i = 0; i < storyboard.tile_count; ++i) {
    const uint64_t begin_ms = uint64_t{i} * storyboard.interval_ms;
    const uint64_t end_ms = std::min(begin_ms + storyboard.interval_ms, storyboard.duration_ms);
    if (end_ms <= begin_ms) break;
    out += '\n';
    append_time(out, begin_ms);
    out += " --> ";
    // A last tile that stands for the rest, however long.
    append_time(out, i + 1 == storyboard.tile_count ? storyboard.duration_ms : end_ms);
    fmt::format_to(std::back_inserter(out), "\n{}#xywh={},{},{},{}\n", storyboard.image_uri,
                   i % columns * storyboard.tile_width, i / columns * storyboard.tile_height,
                   storyboard.tile_width, storyboard.tile_height);
  }
  return out;
}

}  // namespace millrace::media::vod
