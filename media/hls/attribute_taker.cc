#include "media/hls/attribute_taker.h"

#include <fmt/format.h>

#include "core/rfc3339.h"

namespace millrace::media::hls {
namespace {

using Form = Attribute::Form;
using Date = std::chrono::system_clock::time_point;

std::optional<std::string> as_text(std::string_view text) { return std::string(text); }

std::optional<std::string> as_hexadecimal(std::string_view text) {
  return is_hexadecimal_sequence(text) ? as_text(text) : std::nullopt;
}

std::optional<Date> as_date(std::string_view text) {
  const core::Result<Date> date = core::parse_rfc3339(text);
  return date ? std::optional(*date) : std::nullopt;
}

std::optional<bool> as_yes_or_no(std::string_view text) {
  if (text != "YES" && text != "NO") return {};
  return text == "YES";
}

}  // namespace

AttributeTaker::AttributeTaker(std::string_view text, size_t count_max) {
  auto parsed = Attributes::parse(text, count_max);
  if (parsed) {
    all_ = std::move(*parsed);
  } else {
    error_ = std::move(parsed.error());
  }
}

template <class T>
std::optional<T> AttributeTaker::check(std::string_view name, Form form, std::string_view type,
                                       std::optional<T> (*parse)(std::string_view)) {
  const Attribute* attribute = all_.find(name);
  if (attribute == nullptr) return {};
  std::optional<T> value;
  if (attribute->form == form) value = parse(attribute->value);
  if (!value) refuse(name, type);
  return value;
}

std::optional<std::string> AttributeTaker::quoted(std::string_view name) {
  return check<std::string>(name, Form::kQuoted, "is not in quotes", as_text);
}
std::optional<uint64_t> AttributeTaker::integer(std::string_view name) {
  return check<uint64_t>(name, Form::kPlain, "is no decimal integer",
                         [](std::string_view text) { return parse_decimal_integer(text); });
}
std::optional<Seconds> AttributeTaker::seconds(std::string_view name) {
  return check<Seconds>(name, Form::kPlain, "is no decimal number",
                        [](std::string_view text) { return parse_decimal_float(text); });
}
std::optional<Seconds> AttributeTaker::signed_seconds(std::string_view name) {
  return check<Seconds>(name, Form::kPlain, "is no decimal number",
                        [](std::string_view text) { return parse_signed_float(text); });
}
std::optional<Resolution> AttributeTaker::resolution(std::string_view name) {
  return check<Resolution>(name, Form::kPlain, "is no resolution like 1280x720",
                           [](std::string_view text) { return parse_resolution(text); });
}
std::optional<std::string> AttributeTaker::hexadecimal(std::string_view name) {
  return check<std::string>(name, Form::kPlain, "is no hexadecimal sequence", as_hexadecimal);
}
std::optional<Date> AttributeTaker::date(std::string_view name) {
  return check<Date>(name, Form::kQuoted, "is no date in quotes", as_date);
}
std::optional<std::string> AttributeTaker::plain(std::string_view name) {
  return check<std::string>(name, Form::kPlain, "is in quotes", as_text);
}
bool AttributeTaker::is_yes(std::string_view name) {
  return check<bool>(name, Form::kPlain, "is neither YES nor NO", as_yes_or_no).value_or(false);
}

void AttributeTaker::refuse(std::string_view name, std::string_view rule) {
  if (error_.empty()) error_ = fmt::format("{} {}", name, rule);
}

}  // namespace millrace::media::hls
