#include "http/headers.h"

#include <algorithm>

#include "core/assert.h"
#include "http/token.h"

namespace millrace::http {
namespace {

std::string safe_value(std::string_view value) {
  std::string safe(value);
  std::ranges::replace_if(safe, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return safe;
}

}  // namespace

void Headers::set(std::string_view name, std::string_view value) {
  MR_ASSERT(is_token(name));
  Field field{std::string(name), safe_value(value)};  // Copied first: either may point in here.
  erase(field.name);
  fields_.push_back(std::move(field));
}

void Headers::add(std::string_view name, std::string_view value) {
  MR_ASSERT(is_token(name));
  fields_.push_back({std::string(name), safe_value(value)});
}

void Headers::add_element(std::string_view name, std::string_view element) {
  const std::string_view present = find(name);
  if (list_contains(present, element)) return;
  if (present.empty()) return set(name, element);
  std::string joined(present);
  set(name, joined.append(", ").append(element));
}

void Headers::erase(std::string_view name) {
  std::erase_if(fields_,
                [name](const Field& field) { return equal_ignoring_case(field.name, name); });
}

std::string_view Headers::find(std::string_view name) const noexcept {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

bool Headers::contains(std::string_view name) const noexcept {
  return std::ranges::any_of(
      fields_, [name](const Field& field) { return equal_ignoring_case(field.name, name); });
}

}  // namespace millrace::http
