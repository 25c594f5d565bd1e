#include "http/conditionals.h"

#include "core/http_date.h"
#include "http/token.h"

namespace millrace::http {
namespace {

using std::chrono::floor;
using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;

bool is_weak(std::string_view etag) noexcept { return etag.starts_with("W/"); }

std::string_view opaque(std::string_view etag) noexcept {
  return is_weak(etag) ? etag.substr(2) : etag;
}

std::optional<Time> parse_date(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  const auto date = core::parse_http_date(text);
  return date ? std::optional(*date) : std::nullopt;
}

// A field has no fractions of a second, so neither may what it is compared with.
bool is_modified_after(Time last_modified, Time date) noexcept {
  return floor<seconds>(last_modified) > date;
}

bool is_read(Method method) noexcept { return method == Method::kGet || method == Method::kHead; }

}  // namespace

bool weakly_matches(std::string_view list, std::string_view etag) noexcept {
  if (trim(list) == "*") return true;
  while (!list.empty() && !etag.empty()) {
    if (opaque(take_list_element(list)) == opaque(etag)) return true;
  }
  return false;
}

bool strongly_matches(std::string_view list, std::string_view etag) noexcept {
  if (trim(list) == "*") return true;
  while (!list.empty() && !etag.empty() && !is_weak(etag)) {
    if (take_list_element(list) == etag) return true;
  }
  return false;
}

Verdict evaluate(Method method, const Conditions& conditions,
                 const Validators& validators) noexcept {
  const auto& last_modified = validators.last_modified;
  if (!conditions.if_match.empty()) {
    if (!strongly_matches(conditions.if_match, validators.etag)) {
      return Verdict::kPreconditionFailed;
    }
  } else if (const auto date = parse_date(conditions.if_unmodified_since); date && last_modified) {
    if (is_modified_after(*last_modified, *date)) return Verdict::kPreconditionFailed;
  }
  if (!conditions.if_none_match.empty()) {
    if (!weakly_matches(conditions.if_none_match, validators.etag)) return Verdict::kProceed;
    return is_read(method) ? Verdict::kNotModified : Verdict::kPreconditionFailed;
  }
  if (!is_read(method) || !last_modified) return Verdict::kProceed;
  const auto date = parse_date(conditions.if_modified_since);
  return date && !is_modified_after(*last_modified, *date) ? Verdict::kNotModified
                                                           : Verdict::kProceed;
}

bool range_applies(std::string_view if_range, const Validators& validators) noexcept {
  if (if_range.empty()) return true;
  if (if_range.ends_with('"')) {
    return !is_weak(if_range) && !is_weak(validators.etag) && if_range == validators.etag;
  }
  const auto date = parse_date(if_range);
  return date && validators.last_modified && *date == floor<seconds>(*validators.last_modified);
}

}  // namespace millrace::http
