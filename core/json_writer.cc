#include "core/json_writer.h"

#include <charconv>
#include <cmath>

#include "core/assert.h"
#include "core/utf8.h"

namespace millrace::core {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_escape(std::string& out, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

bool is_plain(unsigned char c) noexcept {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    size_t plain = 0;
    while (plain < text.size() && is_plain(static_cast<unsigned char>(text[plain]))) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text[0]);
    size_t size = 1;
    if (c < 0x80) {
      append_escape(out, c);
    } else if (const size_t sequence = utf8_sequence_size(text); sequence > 0) {
      size = sequence;
      out += text.substr(0, size);
    } else {
      out += kReplacement;
    }
    text.remove_prefix(size);
  }
  out += '"';
}

void JsonWriter::before_value() {
  MR_ASSERT(state_ != State::kDone);
  MR_ASSERT(!in_object() || state_ == State::kAfterKey);
  if (state_ == State::kNext) out_ += ',';
}

void JsonWriter::after_value() noexcept { state_ = depth_ == 0 ? State::kDone : State::kNext; }

void JsonWriter::open(char bracket) {
  before_value();
  MR_ASSERT(depth_ < kDepthMax);
  is_object_[depth_++] = bracket == '{';
  out_ += bracket;
  state_ = State::kFirst;
}

void JsonWriter::close(char bracket) {
  MR_ASSERT(depth_ > 0 && state_ != State::kAfterKey && in_object() == (bracket == '}'));
  --depth_;
  out_ += bracket;
  after_value();
}

JsonWriter& JsonWriter::begin_object() {
  open('{');
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  close('}');
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  open('[');
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  close(']');
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  MR_ASSERT(in_object() && state_ != State::kAfterKey);
  if (state_ == State::kNext) out_ += ',';
  append_json_string(out_, name);
  out_ += ':';
  state_ = State::kAfterKey;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  append_json_string(out_, text);
  after_value();
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) { return written_value(truth ? "true" : "false"); }

JsonWriter& JsonWriter::value(std::nullptr_t) { return written_value("null"); }

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return value(nullptr);
  if (number == 0) return value(0);  // Not "-0", which some readers refuse as an integer.
  std::array<char, 32> text;
  // Readers take digits without a fraction for an integer, and one beyond 64 bits for an error.
  const bool fits_integer = std::abs(number) < 0x1p63;
  const auto end = fits_integer
                       ? std::to_chars(text.begin(), text.end(), number).ptr
                       : std::to_chars(text.begin(), text.end(), number,
                                       std::chars_format::scientific).ptr;
  return written_value({text.begin(), end});
}

JsonWriter& JsonWriter::integer(int64_t number) {
  std::array<char, 24> text;
  return written_value({text.begin(), std::to_chars(text.begin(), text.end(), number).ptr});
}

JsonWriter& JsonWriter::integer(uint64_t number) {
  std::array<char, 24> text;
  return written_value({text.begin(), std::to_chars(text.begin(), text.end(), number).ptr});
}

JsonWriter& JsonWriter::written_value(std::string_view json) {
  MR_ASSERT(!json.empty());
  before_value();
  out_ += json;
  after_value();
  return *this;
}

}  // namespace millrace::core
