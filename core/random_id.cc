#include "core/random_id.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/assert.h"
#include "core/base64.h"

namespace millrace::core {
namespace {

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

void fill_random(std::span<std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t filled = getrandom(bytes.data(), bytes.size(), 0);
    if (filled < 0) {
      MR_ASSERT(errno == EINTR);
      continue;
    }
    bytes = bytes.subspan(static_cast<size_t>(filled));
  }
}

std::string random_id() {
  std::string id;
  do {
    std::array<std::byte, 8> bytes;
    fill_random(bytes);
    id = encode_base64url(bytes);
  } while (!is_alphanumeric(id.front()));
  return id;
}

bool is_random_id(std::string_view text) noexcept {
  return text.size() == kRandomIdSize && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

}  // namespace millrace::core
