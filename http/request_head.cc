#include "http/request_head.h"

#include "core/assert.h"
#include "http/token.h"

namespace millrace::http {

void RequestFields::add(std::string_view name, std::string_view value) {
  const auto offset = [this](std::string_view part) {
    if (part.empty()) return uint32_t{0};
    MR_ASSERT(part.data() >= bytes_.data() &&
              part.data() + part.size() <= bytes_.data() + bytes_.size());
    return static_cast<uint32_t>(part.data() - bytes_.data());
  };
  slots_.push_back({offset(name), static_cast<uint32_t>(name.size()), offset(value),
                    static_cast<uint32_t>(value.size())});
}

void RequestFields::add_copy(std::string_view name, std::string_view value) {
  const auto append = [this](std::string_view part) {
    const auto offset = static_cast<uint32_t>(bytes_.size());
    bytes_.append(part);
    return offset;
  };
  const uint32_t name_offset = append(name);
  const uint32_t value_offset = append(value);
  slots_.push_back({name_offset, static_cast<uint32_t>(name.size()), value_offset,
                    static_cast<uint32_t>(value.size())});
}

std::string_view RequestFields::name(size_t index) const noexcept {
  return view(slots_[index].name_offset, slots_[index].name_size);
}

std::string_view RequestFields::value(size_t index) const noexcept {
  return view(slots_[index].value_offset, slots_[index].value_size);
}

std::string_view RequestFields::find(std::string_view wanted) const noexcept {
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (equal_ignoring_case(name(i), wanted)) return value(i);
  }
  return {};
}

size_t RequestFields::count(std::string_view wanted) const noexcept {
  size_t found = 0;
  for (size_t i = 0; i < slots_.size(); ++i) found += equal_ignoring_case(name(i), wanted) ? 1 : 0;
  return found;
}

}  // namespace millrace::http
