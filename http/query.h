// The query part of a request target.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace millrace::http {

/// Decoded name=value pairs in their order. '+' is a space. The first of equal names wins.
class Query {
 public:
  static constexpr size_t kParametersMax = 64;  ///< Ours use 5; CMCD adds one; the rest is abuse.

  Query() = default;

  /// kMalformed: a bad escape, or a control character in a name or value (none of ours has one, and
  /// NUL would cut strings short further on). kTooLarge: more than kParametersMax pairs.
  static core::Result<Query> parse(std::string_view text);

  std::optional<std::string_view> find(std::string_view name) const noexcept;

  /// nullopt when absent; kInvalid when present but no decimal number within [min, max].
  struct Bounds {
    uint64_t min = 0;
    uint64_t max = UINT64_MAX;
  };
  core::Result<std::optional<uint64_t>> find_uint(std::string_view name, Bounds bounds) const;
  core::Result<std::optional<uint64_t>> find_uint(std::string_view name) const;

  size_t count() const noexcept { return parameters_.size(); }
  auto begin() const noexcept { return parameters_.begin(); }
  auto end() const noexcept { return parameters_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace millrace::http
