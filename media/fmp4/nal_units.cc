#include "media/fmp4/nal_units.h"

#include <algorithm>
#include <array>

namespace millrace::media::fmp4 {

std::vector<NalUnit> split_annex_b(std::span<const std::byte> stream) {
  constexpr std::array kStartCode{std::byte{0}, std::byte{0}, std::byte{1}};
  std::vector<NalUnit> units;
  auto at = std::ranges::search(stream, kStartCode);
  while (!at.empty()) {
    const auto begin = at.end();
    at = std::ranges::search(begin, stream.end(), kStartCode.begin(), kStartCode.end());
    NalUnit unit(begin, at.begin());
    while (!unit.empty() && unit.back() == std::byte{0}) unit = unit.first(unit.size() - 1);
    if (!unit.empty()) units.push_back(unit);
  }
  return units;
}

std::optional<std::vector<NalUnit>> split_lengths(std::span<const std::byte> sample,
                                                  size_t length_size) {
  std::vector<NalUnit> units;
  while (!sample.empty()) {
    if (sample.size() < length_size) return std::nullopt;
    size_t length = 0;
    for (size_t i = 0; i < length_size; ++i) {
      length = length << 8 | std::to_integer<size_t>(sample[i]);
    }
    sample = sample.subspan(length_size);
    if (length > sample.size()) return std::nullopt;
    if (length > 0) units.push_back(sample.first(length));
    sample = sample.subspan(length);
  }
  return units;
}

std::vector<std::byte> without_emulation_prevention(NalUnit unit) {
  std::vector<std::byte> plain;
  plain.reserve(unit.size());
  size_t zeros = 0;
  for (const std::byte b : unit) {
    const bool inserted = zeros >= 2 && b == std::byte{3};
    zeros = b == std::byte{0} ? zeros + 1 : 0;
    if (!inserted) plain.push_back(b);
  }
  return plain;
}

}  // namespace millrace::media::fmp4
