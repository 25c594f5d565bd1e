#include "core/redact.h"

#include <algorithm>
#include <array>

namespace millrace::core {
namespace {

constexpr std::array<std::string_view, 10> kSecretNames = {
    "cat", "sig", "key", "jwt", "auth", "api_key", "stream_key", "streamkey", "pwd",
    "urisigningpackage"};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_in_any_case(char a, char b) noexcept { return lower(a) == lower(b); }

bool equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), equal_in_any_case);
}

bool starts_with(std::string_view text, std::string_view part) noexcept {
  return text.size() >= part.size() && equal(text.substr(0, part.size()), part);
}

/// By its first letter: this runs for each field of each line of the log.
bool starts_with_secret_part(std::string_view text) noexcept {
  switch (lower(text.front())) {
    case 'a': return starts_with(text, "authoriza") || starts_with(text, "apikey");
    case 'c': return starts_with(text, "cookie") || starts_with(text, "credential");
    case 'p': return starts_with(text, "passw") || starts_with(text, "passphrase");
    case 's': return starts_with(text, "secret") || starts_with(text, "signat");
    case 't': return starts_with(text, "token");
    default: return false;
  }
}

}  // namespace

bool names_a_secret(std::string_view name) noexcept {
  for (size_t i = 0; i < name.size(); ++i) {
    if (starts_with_secret_part(name.substr(i))) return true;
  }
  return std::any_of(kSecretNames.begin(), kSecretNames.end(),
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
