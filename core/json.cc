// The only place that includes simdjson: it costs 3.6 s of compile time.
#include "core/json.h"

#include <simdjson.h>

#include <algorithm>

namespace millrace::core {
namespace {

/// Copies a simdjson document out into JsonValues, counting what it makes.
class DocumentCopy {
 public:
  explicit DocumentCopy(size_t value_count_max) noexcept : values_left_(value_count_max) {}

  Result<JsonValue> copy(simdjson::dom::element element) {
    if (values_left_ == 0) return fail(ErrorCode::kTooLarge, "JSON has too many values");
    --values_left_;
    using Type = simdjson::dom::element_type;
    switch (element.type()) {
      case Type::OBJECT: return copy_object(element.get_object().value_unsafe());
      case Type::ARRAY: return copy_array(element.get_array().value_unsafe());
      case Type::STRING: return JsonValue(std::string(element.get_string().value_unsafe()));
      case Type::INT64: return JsonValue(int64_t{element.get_int64().value_unsafe()});
      case Type::UINT64: return JsonValue(uint64_t{element.get_uint64().value_unsafe()});
      case Type::DOUBLE: return JsonValue(element.get_double().value_unsafe());
      case Type::BOOL: return JsonValue(element.get_bool().value_unsafe());
      case Type::NULL_VALUE: return JsonValue();
    }
    return fail(ErrorCode::kInternal, "unknown simdjson type");
  }

 private:
  Result<JsonValue> copy_array(simdjson::dom::array elements) {
    JsonValue::Array array;
    for (const simdjson::dom::element element : elements) {
      Result<JsonValue> value = copy(element);
      if (!value) return value;
      array.push_back(*std::move(value));
    }
    return JsonValue(std::move(array));
  }

  Result<JsonValue> copy_object(simdjson::dom::object members) {
    JsonValue::Object object;
    for (const simdjson::dom::key_value_pair member : members) {
      Result<JsonValue> value = copy(member.value);
      if (!value) return value;
      object.emplace_back(std::string(member.key), *std::move(value));
    }
    if (names_a_member_twice(object)) {
      return fail(ErrorCode::kMalformed, "JSON object names a member twice");
    }
    return JsonValue(std::move(object));
  }

  static bool names_a_member_twice(const JsonValue::Object& object) {
    std::vector<std::string_view> names;
    names.reserve(object.size());
    for (const auto& [name, value] : object) names.push_back(name);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  size_t values_left_;
};

}  // namespace

JsonValue::JsonValue(Storage storage) noexcept : storage_(std::move(storage)) {}

std::optional<bool> JsonValue::as_bool() const noexcept {
  if (const bool* truth = std::get_if<bool>(&storage_)) return *truth;
  return std::nullopt;
}

std::optional<int64_t> JsonValue::as_int() const noexcept {
  // simdjson gives uint64 only to what does not fit int64.
  if (const int64_t* number = std::get_if<int64_t>(&storage_)) return *number;
  return std::nullopt;
}

std::optional<uint64_t> JsonValue::as_uint() const noexcept {
  if (const uint64_t* number = std::get_if<uint64_t>(&storage_)) return *number;
  if (const auto number = as_int(); number && *number >= 0) return static_cast<uint64_t>(*number);
  return std::nullopt;
}

std::optional<double> JsonValue::as_double() const noexcept {
  if (const double* number = std::get_if<double>(&storage_)) return *number;
  if (const auto number = as_int()) return static_cast<double>(*number);
  if (const auto number = as_uint()) return static_cast<double>(*number);
  return std::nullopt;
}

std::optional<std::string_view> JsonValue::as_string() const noexcept {
  if (const std::string* text = std::get_if<std::string>(&storage_)) return *text;
  return std::nullopt;
}

const JsonValue* JsonValue::find(std::string_view name) const noexcept {
  const Object* object = as_object();
  if (object == nullptr) return nullptr;
  for (const auto& [member, value] : *object) {
    if (member == name) return &value;
  }
  return nullptr;
}

Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.size_max) return fail(ErrorCode::kTooLarge, "JSON text is too long");
  simdjson::dom::parser parser;
  // +1: simdjson counts the scalar inside the innermost array as a level.
  if (parser.allocate(std::max<size_t>(text.size(), 64), limits.depth_max + 1) !=
      simdjson::SUCCESS) {
    return fail(ErrorCode::kNoSpace, "no memory to parse JSON");
  }
  simdjson::dom::element root;
  // Parsed from a padded copy: simdjson reads past the end of what it is given.
  const simdjson::padded_string padded(text);
  switch (parser.parse(padded).get(root)) {
    case simdjson::SUCCESS: break;
    case simdjson::DEPTH_ERROR: return fail(ErrorCode::kTooLarge, "JSON is nested too deep");
    default: return fail(ErrorCode::kMalformed, "not valid JSON");
  }
  return DocumentCopy(limits.value_count_max).copy(root);
}

}  // namespace millrace::core
