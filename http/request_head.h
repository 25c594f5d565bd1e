// What a request says before its body, whatever version of HTTP carried it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/method.h"
#include "http/query.h"

namespace millrace::http {

/// The fields of a request as views into one string that it owns. Movable.
class RequestFields {
 public:
  RequestFields() = default;
  explicit RequestFields(std::string bytes) : bytes_(std::move(bytes)) {
    slots_.reserve(kUsualCount);
  }

  /// For fields that are copied, of `size` bytes together.
  static RequestFields with_room(size_t size) {
    RequestFields fields{std::string()};
    fields.bytes_.reserve(size);
    return fields;
  }

  /// Both lie within `bytes()`.
  void add(std::string_view name, std::string_view value);
  /// Copies; for fields that come from elsewhere (tests, HTTP/2).
  void add_copy(std::string_view name, std::string_view value);

  /// The first value of that name, "" when absent.
  std::string_view find(std::string_view name) const noexcept;
  size_t count(std::string_view name) const noexcept;
  size_t count() const noexcept { return slots_.size(); }
  std::string_view name(size_t index) const noexcept;
  std::string_view value(size_t index) const noexcept;
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  static constexpr size_t kUsualCount = 16;  // Chromium sends 11 to 15.

  struct Slot {
    uint32_t name_offset, name_size, value_offset, value_size;
  };
  std::string_view view(uint32_t offset, uint32_t size) const noexcept {
    return std::string_view(bytes_).substr(offset, size);
  }

  std::string bytes_;
  std::vector<Slot> slots_;
};

struct RequestHead {
  Method method = Method::kGet;
  std::string path;  ///< Decoded, safe (HT-12); "*" only with OPTIONS.
  Query query;
  RequestFields fields;
  std::optional<uint64_t> content_length;  ///< nullopt: none given, or chunked.
};

}  // namespace millrace::http
