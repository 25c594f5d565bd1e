#include "http/shown_path.h"

#include <ranges>

#include "core/redact.h"

namespace millrace::http {

std::string shown_path(const Request& request) {
  std::string shown(request.path());
  // From the last to the first, so that those before stay where they are.
  for (const auto& [name, value] : std::views::reverse(request.params())) {
    if (!core::names_a_secret(name)) continue;
    shown.replace(static_cast<size_t>(value.data() - request.path().data()), value.size(),
                  core::kRedacted);
  }
  return shown;
}

}  // namespace millrace::http
