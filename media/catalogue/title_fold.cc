#include "media/catalogue/title_fold.h"

#include <array>
#include <cstdint>
#include <optional>

namespace millrace::media::catalogue {
namespace {

enum class Rule : uint8_t {
  kOffset,     ///< Every code point moves by `offset`.
  kEvenUpper,  ///< Pairs, the even one is the capital.
  kOddUpper,   ///< Pairs, the odd one is the capital.
};

struct FoldRange {
  char32_t first;
  char32_t last;
  Rule rule;
  int32_t offset;
};

// From CaseFolding.txt of Unicode 15.1, statuses C and S, as far as they form ranges.
constexpr std::array<FoldRange, 33> kRanges{{
    {0x0041, 0x005A, Rule::kOffset, 32},   {0x00B5, 0x00B5, Rule::kOffset, 775},
    {0x00C0, 0x00D6, Rule::kOffset, 32},   {0x00D8, 0x00DE, Rule::kOffset, 32},
    {0x0100, 0x012F, Rule::kEvenUpper, 0}, {0x0132, 0x0137, Rule::kEvenUpper, 0},
    {0x0139, 0x0148, Rule::kOddUpper, 0},  {0x014A, 0x0177, Rule::kEvenUpper, 0},
    {0x0178, 0x0178, Rule::kOffset, -121}, {0x0179, 0x017E, Rule::kOddUpper, 0},
    {0x01CD, 0x01DC, Rule::kOddUpper, 0},  {0x01DE, 0x01EF, Rule::kEvenUpper, 0},
    {0x01F8, 0x021F, Rule::kEvenUpper, 0}, {0x0222, 0x0233, Rule::kEvenUpper, 0},
    {0x0386, 0x0386, Rule::kOffset, 38},   {0x0388, 0x038A, Rule::kOffset, 37},
    {0x038C, 0x038C, Rule::kOffset, 64},   {0x038E, 0x038F, Rule::kOffset, 63},
    {0x0391, 0x03A1, Rule::kOffset, 32},   {0x03A3, 0x03AB, Rule::kOffset, 32},
    {0x03C2, 0x03C2, Rule::kOffset, 1},    {0x03D8, 0x03EF, Rule::kEvenUpper, 0},
    {0x0400, 0x040F, Rule::kOffset, 80},   {0x0410, 0x042F, Rule::kOffset, 32},
    {0x0460, 0x0481, Rule::kEvenUpper, 0}, {0x048A, 0x04BF, Rule::kEvenUpper, 0},
    {0x04C1, 0x04CE, Rule::kOddUpper, 0},  {0x04D0, 0x052F, Rule::kEvenUpper, 0},
    {0x0531, 0x0556, Rule::kOffset, 48},   {0x1E00, 0x1E95, Rule::kEvenUpper, 0},
    {0x1EA0, 0x1EFF, Rule::kEvenUpper, 0}, {0x2160, 0x216F, Rule::kOffset, 16},
    {0xFF21, 0xFF3A, Rule::kOffset, 32},
}};

char32_t fold(char32_t point) {
  for (const FoldRange& range : kRanges) {
    if (point < range.first) return point;
    if (point > range.last) continue;
    switch (range.rule) {
      case Rule::kOffset:
        return static_cast<char32_t>(static_cast<int32_t>(point) + range.offset);
      case Rule::kEvenUpper:
        return point | 1U;
      case Rule::kOddUpper:
        return point + (point & 1U);
    }
  }
  return point;
}

struct Decoded {
  char32_t point;
  size_t size;
};

/// The code point at the front of `text`; empty when the bytes are not UTF-8 (RFC 3629, 4).
std::optional<Decoded> decode(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return Decoded{lead, 1};
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return std::nullopt;
  char32_t point = lead & (0x7FU >> size);
  for (size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xC0U) != 0x80) return std::nullopt;
    point = (point << 6) | (byte & 0x3FU);
  }
  return Decoded{point, size};
}

void append(std::string& out, char32_t point) {
  const auto tail = [&](int shift) {
    out += static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0U | (point >> 6));
    tail(0);
  } else {
    // Every folded letter of the table lies below U+10000.
    out += static_cast<char>(0xE0U | (point >> 12));
    tail(6);
    tail(0);
  }
}

}  // namespace

std::string fold_title(std::string_view title) {
  std::string folded;
  folded.reserve(title.size());
  while (!title.empty()) {
    const std::optional<Decoded> next = decode(title);
    const size_t size = next ? next->size : 1;
    const char32_t point = next ? fold(next->point) : 0;
    if (next && point != next->point) {
      append(folded, point);
    } else {
      folded += title.substr(0, size);
    }
    title.remove_prefix(size);
  }
  return folded;
}

}  // namespace millrace::media::catalogue
