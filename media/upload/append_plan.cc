#include "media/upload/append_plan.h"

namespace millrace::media::upload {
namespace {

Accepted<> settle_length(AppendPlan& plan, const PartFacts& part, const Append& append,
                         uint64_t size_max) {
  plan.length = part.upload.length;
  if (!append.length) return {};
  if (part.upload.length) {
    // tus 1.0.0, Creation: the length is set once, and the client MUST NOT change it.
    if (*append.length == *part.upload.length) return {};
    return refuse(400, "Upload-Length was already declared and differs");
  }
  if (*append.length == 0) return refuse(400, "the file is empty");
  if (*append.length < part.size) return refuse(400, "Upload-Length is less than what was sent");
  if (*append.length > size_max) return refuse(413, "the file is larger than Tus-Max-Size");
  plan.length = append.length;
  plan.settles_length = true;
  return {};
}

}  // namespace

Accepted<> check_not_gone(const catalogue::UploadRecord& upload) {
  switch (upload.state) {
    case catalogue::UploadState::kReceiving:
    case catalogue::UploadState::kComplete:
      return {};
    case catalogue::UploadState::kTerminated:
      return refuse(410, "the upload was terminated");
    case catalogue::UploadState::kExpired:
      return refuse(410, "the upload has expired");
  }
  return refuse(410, "the upload is gone");
}

Accepted<AppendPlan> plan_append(const PartFacts& part, const Append& append, uint64_t size_max) {
  if (const auto there = check_not_gone(part.upload); !there) {
    return std::unexpected(there.error());
  }
  if (append.offset != part.size) {
    return refuse(409, "Upload-Offset is not the number of bytes received so far");
  }
  AppendPlan plan{.offset = part.size};
  if (const auto settled = settle_length(plan, part, append, size_max); !settled) {
    return std::unexpected(settled.error());
  }
  const uint64_t end_max = plan.length.value_or(size_max);
  plan.body_size_max = end_max > part.size ? end_max - part.size : 0;
  if (append.content_length.value_or(0) > plan.body_size_max) {
    return refuse(413, plan.length ? "the body goes beyond Upload-Length"
                                   : "the file would be larger than Tus-Max-Size");
  }
  return plan;
}

}  // namespace millrace::media::upload
