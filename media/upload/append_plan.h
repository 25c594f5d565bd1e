#pragma once

#include <cstdint>
#include <optional>

#include "media/catalogue/records.h"
#include "media/upload/refusal.h"
#include "media/upload/tus_request.h"

namespace millrace::media::upload {

/// What a PATCH may do to an upload.
struct AppendPlan {
  uint64_t offset = 0;             ///< The file's size: the first byte of the body goes here.
  uint64_t body_size_max = 0;      ///< One byte more is refused with 413.
  std::optional<uint64_t> length;  ///< Of the whole file; empty while it stays deferred.
  bool settles_length = false;     ///< The catalogue must learn `length` first.
};

struct PartFacts {
  const catalogue::UploadRecord& upload;
  uint64_t size = 0;  ///< Of the part file: what was received so far.
};

/// 409: Upload-Offset is not the size of the part. 410: ended or expired. 400: a length that
/// contradicts the declared one or what is there. 413: more than the file's length or `size_max`.
Accepted<AppendPlan> plan_append(const PartFacts& part, const Append& append, uint64_t size_max);

/// 410 for an upload that was terminated or has expired.
Accepted<> check_not_gone(const catalogue::UploadRecord& upload);

}  // namespace millrace::media::upload
