// From what a job reports to what the catalogue keeps.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "media/catalogue/catalogue.h"
#include "media/catalogue/records.h"
#include "media/vod/presentation.h"
#include "media/worker/job.h"

namespace millrace::media::library {

/// The video is being worked on, and this is what its file is.
void apply_probe(const worker::ProbeReport& probe, catalogue::VideoRecord& video);
void apply_image(const worker::ImageReport& image, catalogue::VideoRecord& video);

/// What the plan told the encoder of a quality to keep to; 0 for a quality it does not name.
struct DeclaredRates {
  uint64_t average_bps = 0;
  uint64_t peak_bps = 0;
};
[[nodiscard]] DeclaredRates declared_rates(const worker::JobSpec& spec, std::string_view quality);

/// A track that was validated and has its name.
struct FinishedTrack {
  vod::Rendition rendition;
  uint64_t size = 0;  ///< Bytes of the file.
};

/// The outcome of a job: ready, with its formats, the muxed ones that can be put together of them
/// included.
[[nodiscard]] catalogue::VideoEdit finished_video(std::vector<FinishedTrack> tracks);

}  // namespace millrace::media::library
