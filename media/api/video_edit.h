// What a client may change of a video.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/catalogue/records.h"

namespace millrace::media::api {

inline constexpr size_t kTitleCharactersMax = 200;
inline constexpr size_t kTagsMax = 32;
inline constexpr size_t kTagCharactersMax = 64;

struct VideoEdit {
  std::optional<std::string> title;
  std::optional<std::vector<std::string>> tags;

  void apply(catalogue::VideoRecord& video) const {
    if (title) video.title = *title;
    if (tags) video.tags = *tags;
  }
};

/// Reads `{"title": …, "tags": […]}`; either may be left out, nothing else may be there. Errors:
/// kMalformed (no JSON), kInvalid (a rule of the members), kTooLarge.
core::Result<VideoEdit> parse_video_edit(std::string_view json);

}  // namespace millrace::media::api
