#pragma once

#include <string>
#include <string_view>

namespace millrace::media::catalogue {

/// The title in lower case, for comparing: one code point becomes one code point (Unicode's simple
/// case folding for Latin, Greek, Cyrillic, Armenian and full-width letters; other scripts have no
/// case or are left as they are). Bytes that are not UTF-8 are kept.
std::string fold_title(std::string_view title);

}  // namespace millrace::media::catalogue
