// The addresses and certificates of [tls].
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/config_rules.h"

namespace millrace::core {
namespace {

std::optional<Breach> assign_certificate(const TomlValue::Table& table, CertificateConfig& pair) {
  for (const auto& [name, value] : table) {
    std::string* member = name == "certificate" ? &pair.certificate
                          : name == "key"       ? &pair.key
                                                : nullptr;
    const std::string* path = value.as<std::string>();
    if (member == nullptr || path == nullptr || path->empty() || path->contains('\0')) {
      return Breach{.place = "." + name,
                    .expectation = member == nullptr ? "one of certificate, key" : "a path",
                    .got = shown(value)};
    }
    *member = *path;
  }
  if (pair.certificate.empty() || pair.key.empty()) {
    return Breach{
        .place = "", .expectation = "a table with certificate and key", .got = "one without"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Breach> ListenListRule::assign(const TomlValue& value, Config& config) const {
  const Breach breach{.place = "", .expectation = expectation(), .got = shown(value)};
  const auto* array = value.as<TomlValue::Array>();
  if (array == nullptr || array->size() > count_max) return breach;
  std::vector<ListenAddress> addresses;
  for (const TomlValue& element : *array) {
    const std::string* text = element.as<std::string>();
    const auto address = text == nullptr ? std::nullopt : parse_listen_address(*text);
    const bool is_new = address && (address->port == 0 ||
                                    std::ranges::find(addresses, *address) == addresses.end());
    if (!is_new) return breach;
    addresses.push_back(*address);
  }
  field(config) = std::move(addresses);
  return std::nullopt;
}

std::string ListenListRule::expectation() const {
  return fmt::format(
      R"(a list of at most {} different addresses with ports, as ["0.0.0.0:443", "[::]:443"])",
      count_max);
}

std::string ListenListRule::shown_in(Config& config) const {
  std::vector<std::string> texts;
  for (const ListenAddress& address : field(config)) texts.push_back(toml_text(to_string(address)));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::optional<Breach> CertificatesRule::assign(const TomlValue& value, Config& config) const {
  const Breach no_list{.place = "", .expectation = expectation(), .got = shown(value)};
  const auto* array = value.as<TomlValue::Array>();
  if (array == nullptr || array->size() > count_max) return no_list;
  std::vector<CertificateConfig> pairs;
  for (const TomlValue& element : *array) {
    const auto* table = element.as<TomlValue::Table>();
    if (table == nullptr) return no_list;
    CertificateConfig pair;
    if (std::optional<Breach> breach = assign_certificate(*table, pair)) {
      breach->place.insert(0, fmt::format("[{}]", pairs.size()));
      return breach;
    }
    pairs.push_back(std::move(pair));
  }
  field(config) = std::move(pairs);
  return std::nullopt;
}

std::string CertificatesRule::expectation() const {
  return fmt::format("at most {} tables of certificate and key, each the path of a PEM file",
                     count_max);
}

}  // namespace millrace::core
