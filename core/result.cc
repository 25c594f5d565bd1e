#include "core/result.h"

#include <cerrno>

namespace millrace::core {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalid: return "invalid";
    case ErrorCode::kMalformed: return "malformed";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kGone: return "gone";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kPrecondition: return "precondition";
    case ErrorCode::kOverloaded: return "overloaded";
    case ErrorCode::kNoSpace: return "no_space";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kClosed: return "closed";
    case ErrorCode::kOs: return "os";
    case ErrorCode::kInternal: return "internal";
  }
  return "unknown";
}

std::unexpected<Error> os_failure(int os_errno, const char* what) noexcept {
  ErrorCode code = ErrorCode::kOs;
  switch (os_errno) {
    case ENOSPC:
    case EDQUOT: code = ErrorCode::kNoSpace; break;
    case ECANCELED: code = ErrorCode::kCancelled; break;
    case ENOENT: code = ErrorCode::kNotFound; break;
    case ECONNRESET:
    case EPIPE: code = ErrorCode::kClosed; break;
    case ETIMEDOUT:
    case ETIME: code = ErrorCode::kTimeout; break;
    default: break;
  }
  return std::unexpected(Error{.code = code, .os_errno = os_errno, .what = what});
}

}  // namespace millrace::core
