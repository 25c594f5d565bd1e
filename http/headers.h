// The header fields of a response.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// Fields in the order they were set; names compare without case. Values never carry CR, LF or NUL:
/// those become spaces, so that no value from outside can end a header early. The fields lie in one
/// string as HTTP/1.1 sends them, since most responses are sent as they were written.
class Headers {
 public:
  /// Valid until the headers change.
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  /// Replaces every field of that name.
  void set(std::string_view name, std::string_view value);
  /// Another field beside those of the same name (Link, Set-Cookie).
  void add(std::string_view name, std::string_view value);
  /// Adds `element` to a list-valued field (Vary), unless it is there.
  void add_element(std::string_view name, std::string_view element);
  /// Adds all fields of `others`, whose names must be absent here: for sets of fields that never
  /// change, at the price of a copy.
  void add_all(const Headers& others);
  void erase(std::string_view name);
  /// Writes all names in lower case, as HTTP/2 wants them.
  void lower_names() noexcept;

  /// The first value, "" when absent.
  std::string_view find(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept;

  /// Every field as a line with its CRLF.
  std::string_view lines() const noexcept { return lines_; }
  size_t count() const noexcept { return slots_.size(); }

  class Iterator {
   public:
    Iterator(const Headers& headers, size_t index) noexcept : headers_(&headers), index_(index) {}
    Field operator*() const noexcept { return headers_->field(index_); }
    Iterator& operator++() noexcept {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Headers* headers_;
    size_t index_;
  };
  Iterator begin() const noexcept { return {*this, 0}; }
  Iterator end() const noexcept { return {*this, slots_.size()}; }

 private:
  // Where a line begins in lines_; its value follows ": " and ends before CRLF.
  struct Slot {
    uint32_t offset;
    uint32_t name_size;
    uint32_t value_size;

    uint32_t size() const noexcept { return name_size + 2 + value_size + 2; }
  };

  Field field(size_t index) const noexcept;
  /// The index of the first field of that name; count() when absent.
  size_t index_of(std::string_view name) const noexcept;

  std::string lines_;
  std::vector<Slot> slots_;
};

}  // namespace millrace::http
