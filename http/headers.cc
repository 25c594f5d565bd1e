#include "http/headers.h"

#include <functional>
#include <span>

#include "core/assert.h"
#include "http/token.h"

namespace millrace::http {
namespace {

// What a response usually has: a segment's fields are 10 lines of 560 bytes.
constexpr size_t kUsualCount = 12;
constexpr size_t kUsualBytes = 768;

bool lies_in(std::string_view part, const std::string& whole) noexcept {
  const std::less_equal<> not_after;
  return !part.empty() && not_after(whole.data(), part.data()) &&
         not_after(part.data(), whole.data() + whole.size());
}

}  // namespace

Headers::Field Headers::field(size_t index) const noexcept {
  const Slot& slot = slots_[index];
  const std::string_view line = std::string_view(lines_).substr(slot.offset, slot.size());
  return {.name = line.substr(0, slot.name_size),
          .value = line.substr(slot.name_size + 2, slot.value_size)};
}

size_t Headers::index_of(std::string_view name) const noexcept {
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].name_size == name.size() && equal_ignoring_case(field(i).name, name)) return i;
  }
  return slots_.size();
}

void Headers::set(std::string_view name, std::string_view value) {
  if (contains(name)) {
    const std::string own_name(name);  // Either may point into what is about to go.
    const std::string own_value(value);
    erase(own_name);
    add(own_name, own_value);
  } else {
    add(name, value);
  }
}

void Headers::add(std::string_view name, std::string_view value) {
  MR_ASSERT(is_token(name));
  if (lies_in(value, lines_)) return add(name, std::string(value));  // It moves as lines_ grows.
  if (slots_.empty()) {
    slots_.reserve(kUsualCount);
    lines_.reserve(kUsualBytes);
  }
  const size_t offset = lines_.size();
  slots_.push_back({.offset = static_cast<uint32_t>(offset),
                    .name_size = static_cast<uint32_t>(name.size()),
                    .value_size = static_cast<uint32_t>(value.size())});
  lines_.append(name).append(": ").append(value);
  for (size_t i = offset + name.size() + 2; i < lines_.size(); ++i) {
    if (lines_[i] == '\r' || lines_[i] == '\n' || lines_[i] == '\0') lines_[i] = ' ';
  }
  lines_.append("\r\n");
}

void Headers::add_element(std::string_view name, std::string_view element) {
  const std::string_view present = find(name);
  if (list_contains(present, element)) return;
  if (present.empty()) return set(name, element);
  std::string joined(present);
  set(name, joined.append(", ").append(element));
}

void Headers::add_all(const Headers& others) {
  const auto shift = static_cast<uint32_t>(lines_.size());
  for (const Slot& slot : others.slots_) {
    slots_.push_back({.offset = slot.offset + shift,
                      .name_size = slot.name_size,
                      .value_size = slot.value_size});
  }
  lines_.append(others.lines_);
}

void Headers::erase(std::string_view name) {
  for (size_t i = index_of(name); i < slots_.size(); i = index_of(name)) {
    const Slot gone = slots_[i];
    lines_.erase(gone.offset, gone.size());
    slots_.erase(slots_.begin() + static_cast<ptrdiff_t>(i));
    for (size_t later = i; later < slots_.size(); ++later) slots_[later].offset -= gone.size();
  }
}

void Headers::lower_names() noexcept {
  for (const Slot& slot : slots_) {
    for (char& c : std::span(lines_).subspan(slot.offset, slot.name_size)) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
  }
}

std::string_view Headers::find(std::string_view name) const noexcept {
  const size_t index = index_of(name);
  return index < slots_.size() ? field(index).value : std::string_view();
}

bool Headers::contains(std::string_view name) const noexcept {
  return index_of(name) < slots_.size();
}

}  // namespace millrace::http
