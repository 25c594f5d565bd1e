// What parse_json accepts is rewritten by JsonWriter to text that parses to the same again.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/json.h"
#include "core/json_writer.h"
#include "core/utf8.h"

namespace {

using millrace::core::JsonValue;
using millrace::core::JsonWriter;

void write(JsonWriter& json, const JsonValue& value) {
  if (const auto* object = value.as_object()) {
    json.begin_object();
    for (const auto& [name, member] : *object) {
      json.key(name);
      write(json, member);
    }
    json.end_object();
  } else if (const auto* array = value.as_array()) {
    json.begin_array();
    for (const JsonValue& element : *array) write(json, element);
    json.end_array();
  } else if (const auto text = value.as_string()) {
    json.value(*text);
  } else if (const auto signed_number = value.as_int()) {
    json.value(*signed_number);
  } else if (const auto number = value.as_uint()) {
    json.value(*number);
  } else if (const auto real = value.as_double()) {
    json.value(*real);
  } else if (const auto truth = value.as_bool()) {
    json.value(*truth);
  } else {
    json.value(nullptr);
  }
}

std::string written(const JsonValue& value) {
  std::string text;
  JsonWriter json(text);
  write(json, value);
  MR_ASSERT(json.done());
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = millrace::core::parse_json(text);
  if (!value) return 0;
  MR_ASSERT(millrace::core::is_utf8(text));
  const std::string once = written(*value);
  const auto again = millrace::core::parse_json(
      once, {.size_max = once.size(), .depth_max = 16, .value_count_max = 4096});
  MR_ASSERT(again.has_value());
  MR_ASSERT(written(*again) == once);
  return 0;
}
