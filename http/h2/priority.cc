#include "http/h2/priority.h"

#include <algorithm>

#include "http/token.h"

namespace millrace::http::h2 {
namespace {

// LH-07: playlists 1, segments 2 to 6.
constexpr uint8_t kPlaylistUrgency = 1;
constexpr uint8_t kMediaUrgencyMin = 2;
constexpr uint8_t kMediaUrgencyMax = 6;

}  // namespace

Priority parse_priority(std::string_view field) noexcept {
  Priority priority;
  while (!field.empty()) {
    std::string_view value = take_list_element(field);
    const std::string_view key = trim(take_until(value, '='));
    value = trim(value.substr(0, value.find(';')));
    if (key == "u" && value.size() == 1 && value[0] >= '0' && value[0] <= '7') {
      priority.urgency = static_cast<uint8_t>(value[0] - '0');
    } else if (key.substr(0, key.find(';')) == "i") {
      priority.is_incremental = value.empty() || value == "?1";
    }
  }
  return priority;
}

Content content_of(std::string_view content_type) noexcept {
  if (content_type.starts_with("application/vnd.apple.mpegurl")) return Content::kPlaylist;
  if (content_type.starts_with("video/") || content_type.starts_with("audio/")) {
    return Content::kMedia;
  }
  return Content::kOther;
}

Priority settle(Content content, Priority asked) noexcept {
  switch (content) {
    case Content::kPlaylist:
      asked.urgency = std::min(asked.urgency, kPlaylistUrgency);
      return asked;
    case Content::kMedia:
      asked.urgency = std::clamp(asked.urgency, kMediaUrgencyMin, kMediaUrgencyMax);
      return asked;
    case Content::kOther:
      return asked;
  }
  return asked;
}

}  // namespace millrace::http::h2
