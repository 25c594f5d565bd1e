// Keeps secrets out of logs.
#pragma once

#include <string>
#include <string_view>

namespace millrace::core {

inline constexpr std::string_view kRedacted = "***";

/// True for names of fields, headers and query parameters whose values are credentials: token,
/// password, authorization, cookie, signature, secret and the like, in any case, also as a part
/// (`access_token`), and the short `CAT`, `sig`, `key` and `URISigningPackage` as a whole.
bool names_a_secret(std::string_view name) noexcept;

/// `text` with the value of each secret parameter (`?token=…`, `&sig=…`) replaced by `***`.
std::string redact_query(std::string_view text);

}  // namespace millrace::core
