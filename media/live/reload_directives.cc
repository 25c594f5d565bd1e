#include "media/live/reload_directives.h"

#include <algorithm>
#include <string_view>

#include "media/hls/attributes.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

Skip skip_of(std::string_view value) {
  if (value == "YES") return Skip::kSegments;
  if (value == "v2") return Skip::kSegmentsAndDateRanges;
  return Skip::kNothing;
}

// Advance Part Limit (6.2.5.2): parts of about three seconds, and at least three.
uint64_t advance_part_limit(const hls::LiveTimings& timings) {
  if (timings.part_target_ms >= 1000) return 3;
  return (3000 + timings.part_target_ms - 1) / timings.part_target_ms;
}

}  // namespace

Result<ReloadDirectives> parse_reload_directives(const http::Query& query) {
  ReloadDirectives found;
  bool has_skip = false;
  for (const auto& [name, value] : query) {
    const bool twice = (name == "_HLS_msn" && found.msn) || (name == "_HLS_part" && found.part) ||
                       (name == "_HLS_skip" && has_skip);
    if (twice) return fail(ErrorCode::kInvalid, "a delivery directive stands twice");
    if (name == "_HLS_skip") {
      has_skip = true;
      found.skip = skip_of(value);
    }
    if (name != "_HLS_msn" && name != "_HLS_part") continue;
    const auto number = hls::parse_decimal_integer(value);
    if (!number) {
      return fail(ErrorCode::kInvalid, "_HLS_msn and _HLS_part are decimal integers below 2^64");
    }
    (name == "_HLS_msn" ? found.msn : found.part) = number;
  }
  if (found.part && !found.msn) {
    return fail(ErrorCode::kInvalid, "_HLS_part needs _HLS_msn");
  }
  return found;
}

bool is_reached(const Awaited& awaited, const WindowState& window) noexcept {
  if (window.ended) return true;
  if (awaited.kind == Awaited::Kind::kHint) return window.next_part > awaited.number;
  const Progress now = window.progress();
  if (awaited.kind == Awaited::Kind::kSegment) return now.msn > awaited.number;
  if (now.msn == awaited.number) return now.part_count > awaited.index;
  if (now.msn != awaited.number + 1) return now.msn > awaited.number;
  // An index beyond the final part means the first part of the next segment (DD-05).
  return now.last_part_count > awaited.index || now.part_count > 0;
}

Result<std::optional<Awaited>> judge_reload(const ReloadDirectives& asked,
                                            const WindowState& window,
                                            const hls::LiveTimings& timings, LoneSegment lone) {
  if (!asked.msn || window.ended) return std::nullopt;
  const Progress now = window.progress();
  // The last segment of the list is the one before `now.msn`.
  if (*asked.msn > now.msn + 1) {
    return fail(ErrorCode::kInvalid, "_HLS_msn is more than two segments ahead");
  }
  if (!asked.part) {
    const bool begun = *asked.msn == now.msn && now.part_count > 0;
    const bool whole = begun || lone == LoneSegment::kHoldUntilComplete;
    const Awaited awaited{.kind = whole ? Awaited::Kind::kSegment : Awaited::Kind::kPart,
                          .number = *asked.msn,
                          .index = 0};
    if (is_reached(awaited, window)) return std::nullopt;
    return awaited;
  }
  const uint64_t existing = *asked.msn == now.msn ? now.part_count : 0;
  const bool is_ahead = *asked.msn >= now.msn && *asked.part >= existing;
  if (is_ahead && *asked.part - existing >= advance_part_limit(timings)) {
    return fail(ErrorCode::kInvalid, "_HLS_part is too many parts ahead");
  }
  const Awaited awaited{.kind = Awaited::Kind::kPart, .number = *asked.msn, .index = *asked.part};
  if (is_reached(awaited, window)) return std::nullopt;
  return awaited;
}

}  // namespace millrace::media::live
