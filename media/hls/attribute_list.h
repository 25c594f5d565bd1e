// Tags with attribute lists (rfc8216bis, 4.2), written so that no value can break out of its place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::media::hls {

/// Appends `TAG:NAME=value,NAME=value` and, when it ends, the line end.
class AttributeList {
 public:
  AttributeList(std::string& out, std::string_view tag);
  AttributeList(const AttributeList&) = delete;
  AttributeList& operator=(const AttributeList&) = delete;
  ~AttributeList() { out_ += '\n'; }

  /// A quoted-string. Characters it may not hold (quote, CR, LF, other controls) become blanks; an
  /// empty value is left out, since a quoted-string must not be empty.
  AttributeList& quoted(std::string_view name, std::string_view value);
  /// An enumerated-string, decimal or resolution, from the program itself.
  AttributeList& plain(std::string_view name, std::string_view value);
  AttributeList& number(std::string_view name, uint64_t value);

 private:
  void begin(std::string_view name);

  std::string& out_;
  char separator_ = ':';
};

}  // namespace millrace::media::hls
