// The only place that includes toml++. It throws; nothing of that leaves this file.
#include "core/toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "core/json_writer.h"
#include "core/utf8.h"

namespace millrace::core {
namespace {

constexpr size_t kShownSizeMax = 60;

/// Far deeper than any key; dotted keys could nest tables without end.
constexpr unsigned kDepthMax = 16;

bool is_bare_key(std::string_view key) noexcept {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-';
  });
}

TomlValue copy(const toml::node& node, unsigned depth) {
  if (depth > kDepthMax) return TomlValue(TomlOther{});
  if (const auto* truth = node.as_boolean()) return TomlValue(truth->get());
  if (const auto* integer = node.as_integer()) return TomlValue(int64_t{integer->get()});
  if (const auto* real = node.as_floating_point()) return TomlValue(real->get());
  if (const auto* text = node.as_string()) return TomlValue(std::string(text->get()));
  if (const auto* array = node.as_array()) {
    TomlValue::Array values;
    for (const toml::node& element : *array) values.push_back(copy(element, depth + 1));
    return TomlValue(std::move(values));
  }
  if (const auto* table = node.as_table()) {
    TomlValue::Table members;
    for (const auto& [key, value] : *table) {
      members.emplace_back(std::string(key.str()), copy(value, depth + 1));
    }
    return TomlValue(std::move(members));
  }
  return TomlValue(TomlOther{});
}

void flatten(const toml::table& table, const std::string& prefix, unsigned depth,
             std::vector<TomlEntry>& entries) {
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    const std::string path = prefix + (is_bare_key(name) ? std::string(name) : toml_text(name));
    const auto* inner = node.as_table();
    if (inner != nullptr && depth < kDepthMax) {
      flatten(*inner, path + ".", depth + 1, entries);
    } else {
      entries.push_back({.path = path,
                         .line = static_cast<unsigned>(key.source().begin.line),
                         .value = copy(node, depth)});
    }
  }
}

std::string shown_whole(const TomlValue& value) {
  if (const bool* truth = value.as<bool>()) return *truth ? "true" : "false";
  if (const int64_t* integer = value.as<int64_t>()) return fmt::format("{}", *integer);
  if (const double* real = value.as<double>()) return fmt::format("{}", *real);
  if (const std::string* text = value.as<std::string>()) return toml_text(*text);
  if (value.as<TomlValue::Table>() != nullptr) return "a table";
  if (const auto* array = value.as<TomlValue::Array>()) {
    std::string list = "[";
    for (const TomlValue& element : *array) {
      if (list.size() > kShownSizeMax) break;
      if (list.size() > 1) list += ", ";
      list += shown_whole(element);
    }
    return list + "]";
  }
  return "a date or time";
}

}  // namespace

std::string toml_text(std::string_view text) {
  // TOML's basic strings have the escapes of JSON.
  std::string text_in_quotes;
  append_json_string(text_in_quotes, text);
  return text_in_quotes;
}

std::string shown(const TomlValue& value) {
  const std::string whole = shown_whole(value);
  if (whole.size() <= kShownSizeMax) return whole;
  return std::string(truncate_utf8(whole, kShownSizeMax)) + "…";
}

std::expected<std::vector<TomlEntry>, TomlMistake> parse_toml(std::string_view text) {
  try {
    std::vector<TomlEntry> entries;
    flatten(toml::parse(text), "", 0, entries);
    return entries;
  } catch (const toml::parse_error& error) {
    return std::unexpected(
        TomlMistake{.line = static_cast<unsigned>(error.source().begin.line),
                    .description = std::string(error.description())});
  }
}

}  // namespace millrace::core
