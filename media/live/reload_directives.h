// _HLS_msn, _HLS_part and _HLS_skip: what a reload asks for, and when it may be answered
// (rfc8216bis, 6.2.5).
#pragma once

#include <cstdint>
#include <optional>

#include "core/result.h"
#include "http/query.h"
#include "media/hls/live_playlist.h"
#include "media/live/window_state.h"

namespace millrace::media::live {

enum class Skip : uint8_t { kNothing, kSegments, kSegmentsAndDateRanges };

struct ReloadDirectives {
  std::optional<uint64_t> msn;
  std::optional<uint64_t> part;
  Skip skip = Skip::kNothing;
};

/// kInvalid: no decimal integer below 2^64, a directive twice, a part without a segment (DD-02). An
/// unknown value of _HLS_skip asks for nothing.
core::Result<ReloadDirectives> parse_reload_directives(const http::Query& query);

/// What a request waits for.
struct Awaited {
  /// kSegment: all of segment `number` exists. kPart: part `index` of segment `number` does, or
  /// that segment is complete without it and the next one has begun. kHint: the part with `number`
  /// in its name.
  enum class Kind : uint8_t { kSegment, kPart, kHint };
  Kind kind = Kind::kSegment;
  uint64_t number = 0;
  uint64_t index = 0;
};

bool is_reached(const Awaited& awaited, const WindowState& window) noexcept;

/// When a request for the next segment as a whole is answered while nothing of it exists (DD-06):
/// the specification holds it until the segment is complete; Safari asks like that when a list
/// ends at a segment boundary, and stalls if it gets no part.
enum class LoneSegment : uint8_t { kReleaseAtFirstPart, kHoldUntilComplete };

/// What to wait for before a list may be sent; nothing: it may be sent now. kInvalid: too far
/// ahead (DD-03).
core::Result<std::optional<Awaited>> judge_reload(const ReloadDirectives& asked,
                                                  const WindowState& window,
                                                  const hls::LiveTimings& timings,
                                                  LoneSegment lone);

}  // namespace millrace::media::live
