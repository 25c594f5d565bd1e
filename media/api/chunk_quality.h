// Which rendition of a live stream suits a viewer who says how fast its network is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "http/request.h"
#include "media/live/stream_state.h"

namespace millrace::media::api {

/// How fast a viewer says that it receives, and where it says so.
struct Throughput {
  uint64_t bps = 0;
  std::string_view source;  ///< "query", "cmcd"; "none": it does not say.
};

/// `throughput=<kbit/s>`, else `mtp` of CMCD, in the query or in CMCD-Request (CTA-5004). kInvalid:
/// `throughput` is no decimal number; what CMCD says wrongly is not looked at.
core::Result<Throughput> throughput_of(const http::Request& request);

/// The best rendition with pictures, or else with sound, that takes at most 0.8 of the throughput;
/// where none does, the least. Who says nothing gets what a first-time viewer starts with. Nothing:
/// the stream has no rendition yet.
std::optional<size_t> choose_rendition(const live::StreamState& stream, uint64_t throughput_bps);

}  // namespace millrace::media::api
