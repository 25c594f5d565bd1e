#include "core/redact.h"

#include <algorithm>
#include <array>

namespace millrace::core {
namespace {

constexpr std::array<std::string_view, 10> kSecretParts = {
    "token",     "password", "passwd", "passphrase", "secret",
    "authoriza", "cookie",   "signat", "credential", "apikey"};
constexpr std::array<std::string_view, 10> kSecretNames = {
    "cat", "sig", "key", "jwt", "auth", "api_key", "stream_key", "streamkey", "pwd",
    "urisigningpackage"};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_in_any_case(char a, char b) noexcept { return lower(a) == lower(b); }

bool contains(std::string_view name, std::string_view part) noexcept {
  return std::search(name.begin(), name.end(), part.begin(), part.end(), equal_in_any_case) !=
         name.end();
}

bool equal(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal_in_any_case);
}

}  // namespace

bool names_a_secret(std::string_view name) noexcept {
  return std::any_of(kSecretParts.begin(), kSecretParts.end(),
                     [&](std::string_view part) { return contains(name, part); }) ||
         std::any_of(kSecretNames.begin(), kSecretNames.end(),
                     [&](std::string_view secret) { return equal(name, secret); });
}

std::string redact_query(std::string_view text) {
  std::string redacted;
  redacted.reserve(text.size());
  while (true) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) break;
    const std::string_view before = text.substr(0, equals);
    // npos + 1 is 0: the name begins the text.
    const std::string_view name = before.substr(before.find_last_of("?&; \t") + 1);
    redacted += text.substr(0, equals + 1);
    text.remove_prefix(equals + 1);
    if (!names_a_secret(name)) continue;
    redacted += kRedacted;
    text.remove_prefix(std::min(text.find_first_of("&; \t#"), text.size()));
  }
  redacted += text;
  return redacted;
}

}  // namespace millrace::core
