#include "media/upload/refusal.h"

#include "http/problem.h"

namespace millrace::media::upload {

std::unexpected<Refusal> refuse(const core::Error& error) {
  Refusal refusal{.status = http::status_of(error), .detail = "", .cause = error};
  if (refusal.status < 500) refusal.detail = error.what;
  if (refusal.status == 507) refusal.detail = "the disk is short; what was received is kept";
  if (refusal.status == 503) refusal.detail = "the server cannot take this now; try again";
  return std::unexpected(refusal);
}

}  // namespace millrace::media::upload
