// One segment of a route's pattern: literal text and parameters in turn.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace millrace::http {

/// `videos`, `{id}`, `{id}.m3u8`, `{first:uint}-{last:uint}.m4s`, or `{path...}`: the rest of the
/// path with its slashes, last in a pattern. A parameter is never empty and takes as little as it
/// can; `:uint` takes 1 to 19 digits.
class SegmentPattern {
 public:
  /// Patterns are written by us: a bad one asserts.
  explicit SegmentPattern(std::string_view text);

  /// Appends the parameters' values, views into `segment`; leaves `params` as it was on a mismatch.
  bool match(std::string_view segment, PathParams& params) const;
  bool takes_rest() const noexcept { return takes_rest_; }
  const std::string& text() const noexcept { return text_; }

  /// Of two patterns that match one segment, the one with the higher rank is meant: a literal, then
  /// the one with more literal text, then a bare parameter, then the rest of a path.
  int rank() const noexcept;

 private:
  enum class Kind : uint8_t { kLiteral, kAny, kUint };
  struct Piece {
    Kind kind;
    std::string text;  // the literal, or the parameter's name.
  };

  void add_parameter(std::string_view inside);
  bool match_from(size_t piece, std::string_view rest, PathParams& params) const;

  std::string text_;
  std::vector<Piece> pieces_;
  bool takes_rest_ = false;
};

}  // namespace millrace::http
