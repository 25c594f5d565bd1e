#include "media/flv/amf0.h"

#include <algorithm>
#include <bit>

#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using fmp4::BoxWriter;
using fmp4::ByteReader;

enum Marker : uint8_t {
  kNumberMarker = 0x00,
  kBooleanMarker = 0x01,
  kStringMarker = 0x02,
  kObjectMarker = 0x03,
  kNullMarker = 0x05,
  kUndefinedMarker = 0x06,
  kEcmaArrayMarker = 0x08,
  kObjectEndMarker = 0x09,
  kStrictArrayMarker = 0x0A,
  kDateMarker = 0x0B,
  kLongStringMarker = 0x0C,
  kTypedObjectMarker = 0x10,
};

constexpr size_t kShortStringSizeMax = 65'535;

class Amf0Reader {
 public:
  Amf0Reader(std::span<const std::byte> bytes, const AmfLimits& limits) noexcept
      : reader_(bytes), limits_(limits) {}

  bool at_end() const noexcept { return reader_.empty(); }

  Result<AmfValue> read_value(int depth = 0) {
    if (++value_count_ > limits_.value_count_max || depth > limits_.depth_max) {
      return fail(ErrorCode::kTooLarge, "amf0: values");
    }
    const uint8_t marker = reader_.u8();
    AmfValue value;
    if (const Result<> read = read_content(value, marker, depth); !read) {
      return std::unexpected(read.error());
    }
    if (!reader_.ok()) return fail(ErrorCode::kMalformed, "amf0: cut off");
    return value;
  }

 private:
  Result<> read_content(AmfValue& value, uint8_t marker, int depth) {
    switch (marker) {
      case kNumberMarker:
        return read_number(value, AmfKind::kNumber);
      case kBooleanMarker:
        value.kind = AmfKind::kBoolean;
        value.number = reader_.u8() == 0 ? 0 : 1;
        return {};
      case kStringMarker:
      case kLongStringMarker:
        value.kind = AmfKind::kString;
        value.text = text(marker == kStringMarker ? reader_.u16() : reader_.u32());
        return {};
      case kNullMarker:
        return {};
      case kUndefinedMarker:
        value.kind = AmfKind::kUndefined;
        return {};
      case kTypedObjectMarker:
        reader_.skip(reader_.u16());
        return read_object(value, depth);
      // Its count is a guess: what ends it is the same as with an object.
      case kEcmaArrayMarker:
        reader_.skip(4);
        return read_object(value, depth);
      case kObjectMarker:
        return read_object(value, depth);
      case kStrictArrayMarker:
        return read_array(value, depth);
      case kDateMarker: {
        const Result<> read = read_number(value, AmfKind::kDate);
        reader_.skip(2);  // The time zone, which has to be 0.
        return read;
      }
      default:
        return fail(ErrorCode::kUnsupported, "amf0: kind of value");
    }
  }

  Result<> read_number(AmfValue& value, AmfKind kind) noexcept {
    value.kind = kind;
    value.number = std::bit_cast<double>(reader_.u64());
    return {};
  }

  Result<> read_object(AmfValue& value, int depth) {
    value.kind = AmfKind::kObject;
    while (reader_.ok() && !reader_.empty()) {
      std::string name = text(reader_.u16());
      if (name.empty() && !reader_.empty() &&
          reader_.rest().front() == std::byte{kObjectEndMarker}) {
        reader_.skip(1);
        return {};
      }
      auto property = read_value(depth + 1);
      if (!property) return std::unexpected(property.error());
      value.properties.push_back({.name = std::move(name), .value = std::move(*property)});
    }
    return fail(ErrorCode::kMalformed, "amf0: object without an end");
  }

  Result<> read_array(AmfValue& value, int depth) {
    value.kind = AmfKind::kArray;
    const uint32_t count = reader_.u32();
    for (uint32_t i = 0; i < count; ++i) {
      if (!reader_.ok() || reader_.empty()) return fail(ErrorCode::kMalformed, "amf0: array");
      auto element = read_value(depth + 1);
      if (!element) return std::unexpected(element.error());
      value.properties.push_back({.name = {}, .value = std::move(*element)});
    }
    return {};
  }

  std::string text(size_t size) {
    const auto bytes = reader_.take(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  ByteReader reader_;
  const AmfLimits& limits_;
  size_t value_count_ = 0;
};

void append_short_text(BoxWriter& writer, std::string_view text) {
  text = text.substr(0, kShortStringSizeMax);
  writer.u16(static_cast<uint16_t>(text.size()));
  writer.text(text);
}

void append_text(BoxWriter& writer, std::string_view text) {
  if (text.size() <= kShortStringSizeMax) {
    writer.u8(kStringMarker);
    return append_short_text(writer, text);
  }
  writer.u8(kLongStringMarker);
  writer.u32(static_cast<uint32_t>(text.size()));
  writer.text(text);
}

void append_number(BoxWriter& writer, uint8_t marker, double number) {
  writer.u8(marker);
  writer.u64(std::bit_cast<uint64_t>(number));
}

void append_object(std::vector<std::byte>& out, const AmfValue& value) {
  BoxWriter writer(out);
  writer.u8(kObjectMarker);
  for (const AmfProperty& property : value.properties) {
    append_short_text(writer, property.name);
    append_amf0(out, property.value);
  }
  writer.u16(0);
  writer.u8(kObjectEndMarker);
}

void append_array(std::vector<std::byte>& out, const AmfValue& value) {
  BoxWriter writer(out);
  writer.u8(kStrictArrayMarker);
  writer.u32(static_cast<uint32_t>(value.properties.size()));
  for (const AmfProperty& element : value.properties) append_amf0(out, element.value);
}

}  // namespace

AmfValue AmfValue::of(double number) {
  AmfValue value;
  value.kind = AmfKind::kNumber;
  value.number = number;
  return value;
}

AmfValue AmfValue::of(std::string_view text) {
  AmfValue value;
  value.kind = AmfKind::kString;
  value.text = text;
  return value;
}

AmfValue AmfValue::of(const char* text) { return of(std::string_view(text)); }

bool operator==(const AmfValue& a, const AmfValue& b) noexcept {
  return a.kind == b.kind && a.number == b.number && a.text == b.text &&
         a.properties == b.properties;
}

bool operator==(const AmfProperty& a, const AmfProperty& b) noexcept {
  return a.name == b.name && a.value == b.value;
}

AmfValue AmfValue::object(std::vector<AmfProperty> properties) {
  AmfValue value;
  value.kind = AmfKind::kObject;
  value.properties = std::move(properties);
  return value;
}

AmfValue AmfValue::array(std::vector<AmfValue> values) {
  AmfValue value;
  value.kind = AmfKind::kArray;
  for (AmfValue& element : values) {
    value.properties.push_back({.name = {}, .value = std::move(element)});
  }
  return value;
}

const AmfValue* AmfValue::find(std::string_view name) const noexcept {
  if (kind != AmfKind::kObject) return nullptr;
  const auto found = std::ranges::find(properties, name, &AmfProperty::name);
  return found == properties.end() ? nullptr : &found->value;
}

std::string_view AmfValue::text_of(std::string_view name) const noexcept {
  const AmfValue* value = find(name);
  return value == nullptr || value->kind != AmfKind::kString ? std::string_view() : value->text;
}

Result<std::vector<AmfValue>> read_amf0(std::span<const std::byte> bytes, const AmfLimits& limits) {
  if (bytes.size() > limits.size_max) return fail(ErrorCode::kTooLarge, "amf0: size");
  Amf0Reader reader(bytes, limits);
  std::vector<AmfValue> values;
  while (!reader.at_end()) {
    auto value = reader.read_value();
    if (!value) return std::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

void append_amf0(std::vector<std::byte>& out, const AmfValue& value) {
  BoxWriter writer(out);
  switch (value.kind) {
    case AmfKind::kNumber:
      return append_number(writer, kNumberMarker, value.number);
    case AmfKind::kBoolean:
      writer.u8(kBooleanMarker);
      return writer.u8(value.number != 0 ? 1 : 0);
    case AmfKind::kString:
      return append_text(writer, value.text);
    case AmfKind::kObject:
      return append_object(out, value);
    case AmfKind::kArray:
      return append_array(out, value);
    case AmfKind::kDate:
      append_number(writer, kDateMarker, value.number);
      return writer.u16(0);
    case AmfKind::kNull:
      return writer.u8(kNullMarker);
    case AmfKind::kUndefined:
      return writer.u8(kUndefinedMarker);
  }
}

}  // namespace millrace::media::flv
