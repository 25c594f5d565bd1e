// AMF0: the values in script tags and in RTMP commands. Source: Adobe, Action Message Format AMF 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace millrace::media::flv {

enum class AmfKind : uint8_t {
  kNumber,
  kBoolean,
  kString,
  kObject,  ///< Also a typed object and an "ECMA array": names and values.
  kArray,   ///< A strict array: values without names.
  kDate,
  kNull,
  kUndefined,
};

struct AmfProperty;

/// One value with all that is in it.
struct AmfValue {
  AmfKind kind = AmfKind::kNull;
  double number = 0;  ///< kBoolean: 0 or 1; kDate: milliseconds since 1970. May be NaN.
  std::string text;   ///< Bytes of a kString as they came: nobody vouches that they are UTF-8.
  std::vector<AmfProperty> properties;  ///< Of a kObject, in order; of a kArray, without names.

  static AmfValue of(double number);
  static AmfValue of(std::string_view text);
  static AmfValue of(const char* text);
  static AmfValue object(std::vector<AmfProperty> properties);
  static AmfValue array(std::vector<AmfValue> values);

  /// The property of that name, the first of several; null when there is none.
  const AmfValue* find(std::string_view name) const noexcept;
  /// That of a property that is a string; "" otherwise.
  std::string_view text_of(std::string_view name) const noexcept;
};

struct AmfProperty {
  std::string name;
  AmfValue value;
};

bool operator==(const AmfValue& a, const AmfValue& b) noexcept;
bool operator==(const AmfProperty& a, const AmfProperty& b) noexcept;

struct AmfLimits {
  int depth_max = 8;  ///< Objects in objects: connect needs two.
  /// 1024 values, at 100 bytes each in memory: onMetaData has about thirty.
  size_t value_count_max = 1024;
  /// 64 KiB of bytes: a short string at its longest. XMP in metadata has been seen with 10 KiB.
  size_t size_max = 64 * 1024;
};

/// All values in `bytes`, one after the other. Errors: kUnsupported (references, XML, AMF3),
/// kMalformed, kTooLarge.
core::Result<std::vector<AmfValue>> read_amf0(std::span<const std::byte> bytes,
                                              const AmfLimits& limits = {});

/// Names over 65,535 bytes are cut. kDate is written in UTC.
void append_amf0(std::vector<std::byte>& out, const AmfValue& value);

}  // namespace millrace::media::flv
