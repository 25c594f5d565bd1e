#include "media/upload/recovery.h"

#include <bit>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace millrace::media::upload {
namespace {

using catalogue::UploadRecord;
using catalogue::UploadState;
using catalogue::VideoChange;
using catalogue::VideoRecord;
using catalogue::VideoState;

/// Short work first: a clip overtakes a film that came up to ten minutes earlier. 0 below 64 MiB,
/// one minute less for every doubling.
int32_t priority_of(uint64_t size) { return -static_cast<int32_t>(std::bit_width(size >> 26)); }

class Recovery {
 public:
  Recovery(catalogue::Catalogue& catalogue, const UploadStore& store, catalogue::Timestamp now)
      : catalogue_(catalogue), store_(store), now_(now) {}

  core::Result<RecoveryReport> run() {
    if (const auto done = finish_removals(); !done) return std::unexpected(done.error());
    if (const auto done = load(); !done) return std::unexpected(done.error());
    for (UploadRecord& upload : uploads_) {
      if (const auto done = settle(upload); !done) return std::unexpected(done.error());
    }
    if (const auto done = settle_folders(); !done) return std::unexpected(done.error());
    return report_;
  }

 private:
  core::Result<> finish_removals() {
    const auto ids = catalogue_.pending_removals();
    if (!ids) return std::unexpected(ids.error());
    for (const std::string& id : *ids) {
      // The row stays for the owner of the other folders of a video: he finishes the removal.
      if (const auto done = store_.remove(id); !done) return done;
    }
    return {};
  }

  core::Result<> load() {
    const auto videos = catalogue_.load_videos();
    if (!videos) return std::unexpected(videos.error());
    for (const VideoChange& change : *videos) {
      known_.insert(change.id);
      if (const auto done = check_original(*change.video); !done) return done;
    }
    auto uploads = catalogue_.load_uploads();
    if (!uploads) return std::unexpected(uploads.error());
    uploads_ = std::move(*uploads);
    return {};
  }

  core::Result<> check_original(const VideoRecord& video) {
    if (video.state != VideoState::kQueued && video.state != VideoState::kProcessing) return {};
    const auto status = store_.inspect(video.id);
    if (!status) return std::unexpected(status.error());
    if (status->state == PartState::kPublished) return {};
    ++report_.lost_count;
    const auto failed = catalogue_.update_video(video.id, [](VideoRecord& lost) {
      lost.state = VideoState::kFailed;
      lost.failure = catalogue::VideoFailure{
          .reason = "original_missing", .detail = "The uploaded file is gone. Upload it again."};
    });
    if (!failed) return std::unexpected(failed.error());
    return {};
  }

  core::Result<> settle(UploadRecord& upload) {
    if (known_.contains(upload.id)) return {};
    if (upload.state != UploadState::kReceiving) return {};  // A folder of it is stray.
    const auto status = store_.inspect(upload.id);
    if (!status) return std::unexpected(status.error());
    // Published means that every byte was there, whatever the row says about the length.
    const bool whole = status->state == PartState::kPublished ||
                       (status->state == PartState::kReceiving && upload.length == status->size);
    if (whole) return accept(upload, *status);
    if (upload.expires > now_ && status->state == PartState::kReceiving) {
      known_.insert(upload.id);
      return {};
    }
    ++report_.expired_count;
    upload.state = UploadState::kExpired;
    return catalogue_.update_upload(upload);
  }

  core::Result<> accept(const UploadRecord& upload, const PartStatus& status) {
    if (status.state == PartState::kReceiving) {
      if (const auto done = store_.publish(upload.id); !done) return done;
    }
    const auto accepted = catalogue_.accept_video(video_of({upload, status.size, now_}));
    if (!accepted) return std::unexpected(accepted.error());
    known_.insert(upload.id);
    ++report_.accepted_count;
    return {};
  }

  /// What neither a video nor a live upload owns: a part can never be resumed, so it goes. A whole
  /// original without any row may mean that the catalogue is the wrong one; that is not deleted.
  core::Result<> settle_folders() {
    const auto ids = store_.list();
    if (!ids) return std::unexpected(ids.error());
    for (const std::string& id : *ids) {
      if (known_.contains(id)) continue;
      const auto status = store_.inspect(id);
      if (!status) return std::unexpected(status.error());
      if (status->state == PartState::kPublished) {
        ++report_.unknown_count;
        continue;
      }
      if (const auto done = store_.remove(id); !done) return done;
      ++report_.removed_count;
    }
    return {};
  }

  catalogue::Catalogue& catalogue_;
  const UploadStore& store_;
  const catalogue::Timestamp now_;
  std::unordered_set<std::string> known_;
  std::vector<UploadRecord> uploads_;
  RecoveryReport report_;
};

}  // namespace

core::Result<RecoveryReport> recover_uploads(catalogue::Catalogue& catalogue,
                                             const UploadStore& store, catalogue::Timestamp now) {
  if (const auto done = store.prepare(); !done) return std::unexpected(done.error());
  return Recovery(catalogue, store, now).run();
}

catalogue::NewVideo video_of(const CompleteUpload& complete) {
  const UploadRecord& upload = complete.upload;
  catalogue::NewVideo accepted;
  accepted.video.id = upload.id;
  accepted.video.title = upload.title;
  accepted.video.state = VideoState::kQueued;
  accepted.video.created = complete.completed;
  accepted.video.size = complete.size;
  accepted.video.file_name = upload.file_name;
  accepted.priority = priority_of(complete.size);
  return accepted;
}

}  // namespace millrace::media::upload
