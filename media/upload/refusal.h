#pragma once

#include <expected>

namespace millrace::media::upload {

/// Why a request is refused, in the statuses of tus: 412, 415, 423 and 460 have no ErrorCode of
/// their own. `detail` is a literal, a sentence for the client's author.
struct Refusal {
  int status = 400;
  const char* detail = "";
};

template <class T = void>
using Accepted = std::expected<T, Refusal>;

[[nodiscard]] constexpr std::unexpected<Refusal> refuse(int status, const char* detail) {
  return std::unexpected(Refusal{.status = status, .detail = detail});
}

}  // namespace millrace::media::upload
