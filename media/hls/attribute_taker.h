// The attributes of one tag by name and type; the first that breaks a rule is remembered.
#pragma once

#include <initializer_list>

#include "media/hls/attributes.h"

namespace millrace::media::hls {

/// For a parser that takes what it knows of a tag and asks once, at the end, whether all was well.
/// What is absent or broken yields nothing; attributes that nobody takes are ignored (4.2).
class AttributeTaker {
 public:
  AttributeTaker(std::string_view text, size_t count_max);

  std::optional<std::string> quoted(std::string_view name);
  std::optional<uint64_t> integer(std::string_view name);
  std::optional<Seconds> seconds(std::string_view name);
  std::optional<Seconds> signed_seconds(std::string_view name);
  std::optional<Resolution> resolution(std::string_view name);
  std::optional<std::string> hexadecimal(std::string_view name);
  /// A date of RFC 3339 in quotes.
  std::optional<std::chrono::system_clock::time_point> date(std::string_view name);
  /// An enumerated string, whatever it is.
  std::optional<std::string> plain(std::string_view name);
  /// Whether it is YES; anything but YES and NO breaks a rule.
  bool is_yes(std::string_view name);

  /// `value`, or its default and an error: without it the tag means nothing.
  template <class T>
  T required(std::string_view name, std::optional<T> value) {
    if (!value) refuse(name, "is missing");
    return value ? std::move(*value) : T{};
  }
  /// Any other rule. Only the first is kept.
  void refuse(std::string_view name, std::string_view rule);

  [[nodiscard]] const Attributes& all() const noexcept { return all_; }
  /// Empty: nothing was wrong.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  template <class T>
  std::optional<T> check(std::string_view name, Attribute::Form form, std::string_view type,
                         std::optional<T> (*parse)(std::string_view));

  Attributes all_;
  std::string error_;
};

}  // namespace millrace::media::hls
