#include "media/upload/upload_ledger.h"

#include <utility>

#include "core/random_id.h"
#include "media/upload/recovery.h"

namespace millrace::media::upload {
namespace {

using catalogue::Timestamp;
using catalogue::UploadRecord;
using catalogue::UploadState;

// A PATCH extends the expiry; a row is only rewritten when that moves it by more than this.
constexpr std::chrono::minutes kExpiryStep{1};
// Two of a million ids clash once in 36 million stores; three tries never all do.
constexpr int kIdTryCountMax = 3;

}  // namespace

Accepted<> UploadLedger::check_space(uint64_t size) const {
  const core::Result<uint64_t> free = store_.free_bytes();
  if (!free) return refuse(free.error());
  if (*free < limits_.free_floor || *free - limits_.free_floor < size) {
    return refuse(core::Error{.code = core::ErrorCode::kNoSpace, .what = "the floor is reached"});
  }
  return {};
}

Accepted<std::string> UploadLedger::create_part(std::optional<uint64_t> size) {
  if (size.value_or(1) == 0) return refuse(400, "the file is empty");
  if (size.value_or(1) > limits_.size_max) return refuse(413, "the file is larger than is taken");
  if (const auto fits = check_space(size.value_or(0)); !fits) {
    return std::unexpected(fits.error());
  }
  core::Error error;
  for (int tried = 0; tried < kIdTryCountMax; ++tried) {
    std::string id = core::random_id();
    const core::Result<> made = store_.create(id);
    if (made) return id;
    error = made.error();
    if (error.code != core::ErrorCode::kConflict) break;
  }
  return refuse(error);
}

Accepted<UploadRecord> UploadLedger::create(const NewUpload& upload, Timestamp now) {
  const core::Result<uint64_t> unfinished = catalogue_.count_unfinished_uploads();
  if (!unfinished) return refuse(unfinished.error());
  if (*unfinished >= limits_.unfinished_count_max) {
    return refuse(core::Error{.code = core::ErrorCode::kOverloaded,
                              .what = "too many uploads are unfinished"});
  }
  auto id = create_part(upload.length);
  if (!id) return std::unexpected(id.error());
  // A crash here leaves a folder without a row, which the next start removes.
  auto record = register_whole(*id, upload, now);
  if (!record) static_cast<void>(store_.remove(*id));
  return record;
}

Accepted<UploadRecord> UploadLedger::register_whole(std::string_view id, const NewUpload& upload,
                                                    Timestamp now) {
  UploadRecord record{.id = std::string(id),
                      .length = upload.length,
                      .metadata = upload.metadata,
                      .title = upload.file.title,
                      .file_name = upload.file.file_name,
                      .created = now,
                      .expires = now + limits_.lifetime};
  if (const auto done = catalogue_.create_upload(record); !done) return refuse(done.error());
  return record;
}

Accepted<UploadStatus> UploadLedger::look_up(std::string_view id) {
  if (!core::is_random_id(id)) return refuse(404, "no such upload");
  core::Result<UploadRecord> record = catalogue_.find_upload(id);
  if (!record) return refuse(record.error());
  if (const auto there = check_not_gone(*record); !there) return std::unexpected(there.error());
  UploadStatus status{.record = std::move(*record), .part = {}};
  if (status.record.state == UploadState::kComplete) {
    status.part = {.state = PartState::kPublished, .size = status.record.length.value_or(0)};
    return status;
  }
  const core::Result<PartStatus> part = store_.inspect(id);
  if (!part) return refuse(part.error());
  if (part->state == PartState::kMissing) return refuse(410, "the bytes of the upload are gone");
  status.part = *part;
  return status;
}

Accepted<OpenedUpload> UploadLedger::open(std::string_view id, const Append& append,
                                          Timestamp now) {
  auto status = look_up(id);
  if (!status) return std::unexpected(status.error());
  const PartFacts facts{.upload = status->record, .size = status->part.size};
  const auto plan = plan_append(facts, append, limits_.size_max);
  if (!plan) return std::unexpected(plan.error());
  if (const auto fits = check_space(append.content_length.value_or(0)); !fits) {
    return std::unexpected(fits.error());
  }
  if (const auto done = extend(status->record, *plan, now); !done) {
    return std::unexpected(done.error());
  }
  return OpenedUpload{.status = std::move(*status), .plan = *plan};
}

Accepted<> UploadLedger::extend(UploadRecord& record, const AppendPlan& plan, Timestamp now) {
  if (record.state != UploadState::kReceiving) return {};
  const Timestamp expires = now + limits_.lifetime;
  if (!plan.settles_length && expires - record.expires < kExpiryStep) return {};
  record.length = plan.length;
  record.expires = expires;
  if (const auto done = catalogue_.update_upload(record); !done) return refuse(done.error());
  return {};
}

Accepted<> UploadLedger::cut_unverified(std::string_view id) const {
  if (const auto part = store_.inspect(id); !part) return refuse(part.error());
  return {};
}

Accepted<catalogue::VideoChange> UploadLedger::complete(const UploadRecord& record, uint64_t size,
                                                        Timestamp now) {
  auto change = catalogue_.accept_video(video_of({record, size, now}));
  if (!change) return refuse(change.error());
  return std::move(*change);
}

Accepted<> UploadLedger::terminate(std::string_view id) {
  auto status = look_up(id);
  if (!status) return std::unexpected(status.error());
  if (status->record.state == UploadState::kComplete ||
      status->part.state == PartState::kPublished) {
    return refuse(409, "the upload is complete; delete the video instead");
  }
  status->record.state = UploadState::kTerminated;
  if (const auto done = catalogue_.update_upload(status->record); !done) {
    return refuse(done.error());
  }
  return {};
}

Accepted<> UploadLedger::remove_files(std::string_view id) const {
  if (const auto done = store_.remove(id); !done) return refuse(done.error());
  return {};
}

Accepted<std::vector<std::string>> UploadLedger::find_expired(Timestamp now) {
  const auto uploads = catalogue_.load_uploads();  // In the order of expiry.
  if (!uploads) return refuse(uploads.error());
  std::vector<std::string> ids;
  for (const UploadRecord& upload : *uploads) {
    if (upload.expires > now) break;
    if (upload.state == UploadState::kReceiving) ids.push_back(upload.id);
  }
  return ids;
}

Accepted<bool> UploadLedger::expire(std::string_view id, Timestamp now) {
  core::Result<UploadRecord> record = catalogue_.find_upload(id);
  if (!record) return refuse(record.error());
  if (record->state != UploadState::kReceiving || record->expires > now) return false;
  const core::Result<PartStatus> part = store_.inspect(id);
  if (!part) return refuse(part.error());
  // All of it is there and only its last step failed: the next start or request completes it.
  if (part->state == PartState::kPublished) return false;
  record->state = UploadState::kExpired;
  if (const auto done = catalogue_.update_upload(*record); !done) return refuse(done.error());
  return true;
}

Accepted<> UploadLedger::forget_ended(Timestamp now) {
  if (const auto done = catalogue_.forget_uploads(now - limits_.lifetime); !done) {
    return refuse(done.error());
  }
  return {};
}

}  // namespace millrace::media::upload
