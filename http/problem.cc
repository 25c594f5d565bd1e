#include "http/problem.h"

#include "core/json_writer.h"
#include "http/status.h"

namespace millrace::http {

int status_of(core::ErrorCode code) noexcept {
  using enum core::ErrorCode;
  switch (code) {  // No default: a new code does not compile until it has a status.
    case kInvalid:
      return 400;
    case kMalformed:
      return 400;
    case kTooLarge:
      return 413;
    case kUnsupported:
      return 415;
    case kNotFound:
      return 404;
    case kGone:
      return 410;
    case kConflict:
      return 409;
    case kPrecondition:
      return 412;
    case kOverloaded:
      return 503;
    case kNoSpace:
      return 507;
    case kTimeout:
      return 503;
    case kCancelled:
      return 503;
    case kClosed:
      return 503;
    case kOs:
      return 500;
    case kInternal:
      return 500;
  }
  return 500;
}

int status_of(const core::Error& error) noexcept { return status_of(error.code); }

Response problem(int status, std::string_view title, std::string_view detail,
                 std::span<const ProblemMember> members) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object().member("type", "about:blank").member("title", title).member("status", status);
  if (!detail.empty()) json.member("detail", detail);
  for (const ProblemMember& member : members) json.key(member.name).written_value(member.json);
  json.end_object();
  Response response = Response::ok("application/problem+json", std::move(text));
  response.status = status;
  response.ranges = RangePolicy::kIgnore;
  response.headers.set("Cache-Control", kNoStore);
  if (status == 503) response.headers.set("Retry-After", "1");
  return response;
}

Response problem(const core::Error& error) {
  const int status = status_of(error);
  // What a limit says is for the client too; what failed inside is not.
  const bool is_limit =
      error.code == core::ErrorCode::kOverloaded || error.code == core::ErrorCode::kNoSpace;
  return problem(status, reason_phrase(status), status < 500 || is_limit ? error.what : "");
}

}  // namespace millrace::http
