#include "http/path_pattern.h"

#include "core/assert.h"
#include "http/token.h"

namespace millrace::http {
namespace {

constexpr size_t kUintDigitsMax = 19;  // All of them fit 64 bits.

bool is_uint(std::string_view text) noexcept {
  return text.size() <= kUintDigitsMax && parse_decimal(text).has_value();
}

}  // namespace

SegmentPattern::SegmentPattern(std::string_view text) : text_(text) {
  while (!text.empty()) {
    const size_t open = text.find('{');
    if (open != 0) {
      pieces_.push_back({Kind::kLiteral, std::string(text.substr(0, open))});
      if (open == text.npos) break;
      text.remove_prefix(open);
      continue;
    }
    const size_t close = text.find('}');
    MR_ASSERT(close != text.npos);
    add_parameter(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
  }
  MR_ASSERT(!takes_rest_ || pieces_.size() == 1);
}

void SegmentPattern::add_parameter(std::string_view inside) {
  // Two parameters side by side have no border.
  MR_ASSERT(pieces_.empty() || pieces_.back().kind == Kind::kLiteral);
  Kind kind = Kind::kAny;
  if (inside.ends_with("...")) {
    takes_rest_ = true;
    inside.remove_suffix(3);
  }
  std::string_view type = inside;
  const std::string_view name = take_until(type, ':');
  if (type == "uint") kind = Kind::kUint;
  MR_ASSERT(is_token(name) && (type.empty() || kind == Kind::kUint));
  pieces_.push_back({kind, std::string(name)});
}

bool SegmentPattern::match(std::string_view segment, PathParams& params) const {
  const size_t before = params.size();
  if (match_from(0, segment, params)) return true;
  params.resize(before);
  return false;
}

bool SegmentPattern::match_from(size_t index, std::string_view rest, PathParams& params) const {
  if (index == pieces_.size()) return rest.empty();
  const Piece& piece = pieces_[index];
  if (piece.kind == Kind::kLiteral) {
    return rest.starts_with(piece.text) &&
           match_from(index + 1, rest.substr(piece.text.size()), params);
  }
  const bool is_last = index + 1 == pieces_.size();
  const std::string_view border = is_last ? std::string_view() : pieces_[index + 1].text;
  size_t end = is_last ? rest.size() : rest.find(border, 1);
  for (; end != rest.npos && end > 0; end = is_last ? rest.npos : rest.find(border, end + 1)) {
    const std::string_view value = rest.substr(0, end);
    if (piece.kind == Kind::kUint && !is_uint(value)) return false;  // Longer is no better.
    params.emplace_back(piece.text, value);
    if (match_from(index + 1, rest.substr(end), params)) return true;
    params.pop_back();
  }
  return false;
}

int SegmentPattern::rank() const noexcept {
  static constexpr int kWholeLiteral = 1 << 20;
  if (takes_rest_) return -1;
  if (pieces_.empty()) return kWholeLiteral;
  if (pieces_.size() == 1 && pieces_[0].kind == Kind::kLiteral) return kWholeLiteral;
  int rank = 0;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Kind::kLiteral) rank += 2 * static_cast<int>(piece.text.size());
    if (piece.kind == Kind::kUint) rank += 1;
  }
  return rank;
}

}  // namespace millrace::http
