#include "media/hls/date_range.h"

#include <algorithm>

#include "core/rfc3339.h"
#include "media/hls/attribute_list.h"
#include "media/hls/attributes.h"
#include "media/hls/decimal_seconds.h"

namespace millrace::media::hls {
namespace {

using core::ErrorCode;
using core::fail;

std::string seconds_of(uint64_t milliseconds) {
  std::string text;
  append_milliseconds(text, milliseconds);
  return text;
}

bool is_client_name(std::string_view name) {
  return name.size() > 2 && name.starts_with("X-") && std::ranges::all_of(name, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool is_kept(const std::string& later, const std::string& before) {
  return before.empty() || later == before;
}

template <class T>
bool is_kept(const std::optional<T>& later, const std::optional<T>& before) {
  return !before || later == before;
}

}  // namespace

core::Result<> check(const DateRange& range) {
  const auto fails = [](const char* what) { return fail(ErrorCode::kInvalid, what); };
  const auto is_forbidden = [](char c) { return c == '"' || (c >= 0 && c < 0x20) || c == 0x7F; };
  if (range.id.empty() || std::ranges::any_of(range.id, is_forbidden)) {
    return fails("a date range without an ID, or with one that no quoted-string may hold");
  }
  if (range.end && *range.end < range.start) return fails("a date range ends before its start");
  if (range.end && range.duration_ms &&
      *range.end - range.start != std::chrono::milliseconds(*range.duration_ms)) {
    return fails("the end of a date range contradicts its duration");
  }
  if (range.ends_on_next && (range.class_name.empty() || range.end || range.duration_ms)) {
    return fails("END-ON-NEXT needs a CLASS and no end");
  }
  for (const std::string* section : {&range.scte35_cmd, &range.scte35_out, &range.scte35_in}) {
    if (!section->empty() && !is_hexadecimal_sequence(*section)) {
      return fails("a splice section that is no hexadecimal sequence");
    }
  }
  const auto& own = range.client_attributes;
  for (auto one = own.begin(); one != own.end(); ++one) {
    const auto same = [&](const auto& other) { return other.first == one->first; };
    if (!is_client_name(one->first) || one->second.empty() || std::any_of(own.begin(), one, same)) {
      return fails("a client attribute that is not named X-, is empty or stands twice");
    }
  }
  return {};
}

void append_date_range(std::string& out, const DateRange& range) {
  AttributeList list(out, "#EXT-X-DATERANGE");
  list.quoted("ID", range.id).quoted("CLASS", range.class_name);
  list.quoted("START-DATE", core::format_rfc3339(range.start));
  if (range.end) list.quoted("END-DATE", core::format_rfc3339(*range.end));
  if (range.duration_ms) list.plain("DURATION", seconds_of(*range.duration_ms));
  if (range.planned_duration_ms) {
    list.plain("PLANNED-DURATION", seconds_of(*range.planned_duration_ms));
  }
  if (!range.scte35_cmd.empty()) list.plain("SCTE35-CMD", range.scte35_cmd);
  if (!range.scte35_out.empty()) list.plain("SCTE35-OUT", range.scte35_out);
  if (!range.scte35_in.empty()) list.plain("SCTE35-IN", range.scte35_in);
  if (range.ends_on_next) list.plain("END-ON-NEXT", "YES");
  for (const auto& [name, value] : range.client_attributes) list.quoted(name, value);
}

bool only_adds_to(const DateRange& later, const DateRange& before) {
  const auto has = [&](const auto& attribute) {
    return std::ranges::find(later.client_attributes, attribute) != later.client_attributes.end();
  };
  return later.id == before.id && is_kept(later.class_name, before.class_name) &&
         later.start == before.start && is_kept(later.end, before.end) &&
         is_kept(later.duration_ms, before.duration_ms) &&
         is_kept(later.planned_duration_ms, before.planned_duration_ms) &&
         (later.ends_on_next || !before.ends_on_next) &&
         is_kept(later.scte35_cmd, before.scte35_cmd) &&
         is_kept(later.scte35_out, before.scte35_out) &&
         is_kept(later.scte35_in, before.scte35_in) &&
         std::ranges::all_of(before.client_attributes, has);
}

}  // namespace millrace::media::hls
