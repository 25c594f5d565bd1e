// A video as the API shows it.
#pragma once

#include <string>

#include "core/json_writer.h"
#include "media/catalogue/records.h"
#include "media/library/shelf.h"

namespace millrace::media::api {

/// Writes the `Video` object of the OpenAPI file. `making` is null unless a worker is at it.
void write_video(core::JsonWriter& json, const catalogue::VideoRecord& video,
                 const library::Making* making);

[[nodiscard]] std::string video_json(const catalogue::VideoRecord& video,
                                     const library::Making* making);

/// Whether a player would find anything behind the manifest.
[[nodiscard]] bool is_watchable(const catalogue::VideoRecord& video, const library::Making* making);

}  // namespace millrace::media::api
