// From the configuration to what a worker is asked to make.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/config.h"
#include "media/worker/job.h"

namespace millrace::media::library {

/// The ladder, the audio renditions and the limits of every upload. Which rungs a video gets in the
/// end is for the worker to say: never one above the source.
[[nodiscard]] worker::JobSpec transcode_plan(const core::Config& config, uint64_t source_size,
                                             std::string_view file_name);

/// To decode one finished track from beginning to end.
[[nodiscard]] worker::JobSpec validation_plan(const core::Config& config, uint64_t track_size);

/// To make one MPEG-TS segment.
[[nodiscard]] worker::JobSpec export_plan(const core::Config& config);

}  // namespace millrace::media::library
