// EXT-X-DATERANGE (rfc8216bis, 4.4.5.1) as it is written.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace millrace::media::hls {

struct DateRange {
  using Date = std::chrono::system_clock::time_point;

  std::string id;
  std::string class_name;  ///< CLASS; empty: none.
  Date start;
  std::optional<Date> end;
  std::optional<uint64_t> duration_ms;
  std::optional<uint64_t> planned_duration_ms;
  bool ends_on_next = false;
  /// Whole splice_info_sections as `0x…`; empty: none (PL-35).
  std::string scte35_cmd;
  std::string scte35_out;
  std::string scte35_in;
  /// X-… attributes, all of them quoted-strings.
  std::vector<std::pair<std::string, std::string>> client_attributes;

  friend bool operator==(const DateRange&, const DateRange&) = default;
};

/// kInvalid names the rule that it breaks by itself (PL-34): no ID, an end before its start or one
/// that its duration contradicts, END-ON-NEXT with an end or without a CLASS, what is no
/// hexadecimal sequence, and client attributes that are not named X-….
core::Result<> check(const DateRange& range);

/// Appends the tag. `range` is one that check() accepts.
void append_date_range(std::string& out, const DateRange& range);

/// Whether `later` may take the place of `before`, of the same ID: nothing that was said is taken
/// back or said differently (PL-34).
bool only_adds_to(const DateRange& later, const DateRange& before);

}  // namespace millrace::media::hls
