// Errors as values. Our code throws nothing: what can fail returns a Result, what must not happen
// is an MR_ASSERT.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace millrace::core {

/// Why an operation did not succeed. http/problem.cc maps each to a status by one switch.
enum class ErrorCode : uint8_t {
  kInvalid,      ///< An argument or a directive is outside what the caller may ask.
  kMalformed,    ///< Bytes from a peer, a file or a worker do not follow their format.
  kTooLarge,     ///< Legal in form, but over a declared limit.
  kUnsupported,  ///< Understood, and not offered here.
  kNotFound,     ///< Nothing by that name.
  kGone,         ///< It existed and was removed for good.
  kConflict,     ///< The state changed under the caller, or forbids the operation.
  kPrecondition, ///< A condition the caller stated does not hold.
  kOverloaded,   ///< Refused by a limit; the same request may succeed later.
  kNoSpace,      ///< The disk, or a budget that stands for it, is short.
  kTimeout,      ///< A deadline passed.
  kCancelled,    ///< Ended by its owner before it finished.
  kClosed,       ///< The peer, or the other end of a ring or queue, is gone.
  kOs,           ///< A system call failed; `Error::os_errno` says how.
  kInternal,     ///< A collaborator broke its contract in a way that is not the caller's fault.
};

std::string_view to_string(ErrorCode code) noexcept;

/// 16 bytes, no allocation. `what` is a string literal: what was being done or which rule failed.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  int os_errno = 0;
  const char* what = "";
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] constexpr std::unexpected<Error> fail(ErrorCode code, const char* what) noexcept {
  return std::unexpected(Error{.code = code, .os_errno = 0, .what = what});
}

/// From an errno value, positive. ENOSPC, EDQUOT become kNoSpace; ECANCELED kCancelled; ENOENT
/// kNotFound; ECONNRESET, EPIPE kClosed; ETIMEDOUT, ETIME kTimeout; everything else kOs.
[[nodiscard]] std::unexpected<Error> os_failure(int os_errno, const char* what) noexcept;

}  // namespace millrace::core
