// The header fields of a response.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// Fields in the order they were set; names compare without case. Values never carry CR, LF or NUL:
/// those become spaces, so that no value from outside can end a header early.
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  /// Replaces every field of that name.
  void set(std::string_view name, std::string_view value);
  /// Another field beside those of the same name (Link, Set-Cookie).
  void add(std::string_view name, std::string_view value);
  /// Adds `element` to a list-valued field (Vary), unless it is there.
  void add_element(std::string_view name, std::string_view element);
  void erase(std::string_view name);

  /// The first value, "" when absent.
  std::string_view find(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept;

  auto begin() const noexcept { return fields_.begin(); }
  auto end() const noexcept { return fields_.end(); }
  size_t count() const noexcept { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

}  // namespace millrace::http
