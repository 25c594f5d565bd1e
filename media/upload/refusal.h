#pragma once

#include <expected>

#include "core/result.h"

namespace millrace::media::upload {

/// Why a request is refused, in the statuses of tus: 412, 415, 423 and 460 have no ErrorCode of
/// their own. `detail` is a literal, a sentence for the client's author; `cause` is for the log,
/// its `what` is empty where the client is to blame.
struct Refusal {
  int status = 400;
  const char* detail = "";
  core::Error cause;
};

template <class T = void>
using Accepted = std::expected<T, Refusal>;

[[nodiscard]] constexpr std::unexpected<Refusal> refuse(int status, const char* detail) {
  return std::unexpected(Refusal{.status = status, .detail = detail, .cause = {}});
}

/// 507 and 503 for what may pass, 404 for what is not there, 500 for the rest.
[[nodiscard]] std::unexpected<Refusal> refuse(const core::Error& error);

/// The answer of a call to another thread whose own answer may be a refusal.
template <class T>
Accepted<T> flatten(core::Result<Accepted<T>> answer) {
  if (!answer) return refuse(answer.error());
  return std::move(*answer);
}

}  // namespace millrace::media::upload
