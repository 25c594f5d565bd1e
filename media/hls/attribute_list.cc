#include "media/hls/attribute_list.h"

#include <fmt/format.h>

namespace millrace::media::hls {

AttributeList::AttributeList(std::string& out, std::string_view tag) : out_(out) { out_ += tag; }

AttributeList& AttributeList::quoted(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  begin(name);
  out_ += '"';
  for (const char c : value) {
    const bool forbidden = c == '"' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    out_ += forbidden ? ' ' : c;
  }
  out_ += '"';
  return *this;
}

AttributeList& AttributeList::plain(std::string_view name, std::string_view value) {
  begin(name);
  out_ += value;
  return *this;
}

AttributeList& AttributeList::number(std::string_view name, uint64_t value) {
  begin(name);
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

void AttributeList::begin(std::string_view name) {
  out_ += separator_;
  separator_ = ',';
  out_ += name;
  out_ += '=';
}

}  // namespace millrace::media::hls
