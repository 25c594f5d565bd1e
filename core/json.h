// JSON documents from outside: parsed whole, under limits, into plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"

namespace millrace::core {

/// An immutable JSON value; copying it copies what is below it. The accessors answer "is it this,
/// and what": nothing converts a string to a number or null to false.
class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<std::pair<std::string, JsonValue>>;  ///< In the order of the text.
  using Storage =
      std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Array, Object>;

  JsonValue() = default;
  explicit JsonValue(Storage storage) noexcept;

  bool is_null() const noexcept { return std::holds_alternative<std::nullptr_t>(storage_); }
  std::optional<bool> as_bool() const noexcept;
  std::optional<int64_t> as_int() const noexcept;    ///< A number without fraction that fits.
  std::optional<uint64_t> as_uint() const noexcept;  ///< A number without fraction that fits.
  std::optional<double> as_double() const noexcept;  ///< Any number.
  /// Borrowed from this value.
  std::optional<std::string_view> as_string() const noexcept;
  const Array* as_array() const noexcept { return std::get_if<Array>(&storage_); }
  const Object* as_object() const noexcept { return std::get_if<Object>(&storage_); }

  /// The member of that name, or nullptr when there is none or this is no object.
  const JsonValue* find(std::string_view name) const noexcept;

 private:
  Storage storage_ = nullptr;
};

struct JsonLimits {
  size_t size_max = 64 * 1024;  ///< Bytes of text.
  size_t depth_max = 16;        ///< Objects and arrays inside each other.
  size_t value_count_max = 4096;
};

/// Errors: kTooLarge over a limit; kMalformed for anything that is not one RFC 8259 value in UTF-8,
/// and for an object that names a member twice, which readers answer differently.
Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace millrace::core
