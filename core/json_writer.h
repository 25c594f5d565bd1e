// Writes JSON text. What comes out is always valid UTF-8 and, once the outermost value is closed,
// one valid JSON value.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::core {

/// Appends one JSON value to a string that the caller owns and keeps alive. Strings are escaped,
/// bad UTF-8 becomes U+FFFD, a number that JSON cannot hold (NaN, infinity) becomes null. Calls out
/// of order (a value where a key belongs, an end that matches no begin) are bugs and assert.
///
///   JsonWriter json(out);
///   json.begin_object().member("id", id).key("tags").begin_array().value("a").end_array()
///       .end_object();
class JsonWriter {
 public:
  static constexpr unsigned kDepthMax = 64;

  explicit JsonWriter(std::string& out) noexcept : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  JsonWriter& value(std::nullptr_t);
  JsonWriter& value(double number);
  template <std::signed_integral T>
  JsonWriter& value(T number) {
    return integer(static_cast<int64_t>(number));
  }
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& value(T number) {
    return integer(static_cast<uint64_t>(number));
  }
  /// null when empty.
  template <class T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : value(nullptr);
  }

  /// One whole JSON value that a JsonWriter wrote before; it is copied as it is.
  JsonWriter& written_value(std::string_view json);

  template <class T>
  JsonWriter& member(std::string_view name, const T& its_value) {
    return key(name).value(its_value);
  }

  /// True once the outermost value is complete.
  bool done() const noexcept { return state_ == State::kDone; }

 private:
  enum class State : uint8_t { kFirst, kNext, kAfterKey, kDone };

  JsonWriter& integer(int64_t number);
  JsonWriter& integer(uint64_t number);
  void before_value();
  void after_value() noexcept;
  void open(char bracket);
  void close(char bracket);
  bool in_object() const noexcept { return depth_ > 0 && is_object_[depth_ - 1]; }

  std::string& out_;
  std::array<bool, kDepthMax> is_object_{};
  unsigned depth_ = 0;
  State state_ = State::kFirst;
};

/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace millrace::core
