// TOML text as plain values, each key with the line it stands on.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::core {

struct TomlOther {};  ///< A date, a time: nothing in a configuration is one.

class TomlValue {
 public:
  using Array = std::vector<TomlValue>;
  using Table = std::vector<std::pair<std::string, TomlValue>>;
  using Storage = std::variant<bool, int64_t, double, std::string, Array, Table, TomlOther>;

  explicit TomlValue(Storage storage) noexcept : storage_(std::move(storage)) {}

  template <class T>
  const T* as() const noexcept {
    return std::get_if<T>(&storage_);
  }

 private:
  Storage storage_;
};

/// As TOML again, for a message: at most about 60 characters, the rest as `…`.
std::string shown(const TomlValue& value);

/// `"text"` with what TOML wants escaped.
std::string toml_text(std::string_view text);

/// A value that is no table, under its full path: `http.head_timeout`. A part of the path that is
/// no bare key stands in quotes.
struct TomlEntry {
  std::string path;
  unsigned line = 0;
  TomlValue value;
};

struct TomlMistake {
  unsigned line = 0;
  std::string description;
};

/// In the order of the keys' names.
std::expected<std::vector<TomlEntry>, TomlMistake> parse_toml(std::string_view text);

}  // namespace millrace::core
