// Uploads as the routes see them: each verb takes the lease, does the blocking half on the control
// thread and the bytes on the ring of the calling core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/control.h"
#include "core/task.h"
#include "http/request.h"
#include "media/upload/body_receiver.h"
#include "media/upload/publisher.h"
#include "media/upload/upload_ledger.h"
#include "media/upload/upload_metrics.h"
#include "media/upload/write_leases.h"

namespace millrace::media::upload {

/// What an upload is after a request.
struct UploadProgress {
  catalogue::UploadRecord record;
  uint64_t offset = 0;
};

class Uploads {
 public:
  struct Parts {
    core::Core& home;  ///< Keeps the leases; any core, the same for all.
    core::ControlThread& control;
    catalogue::Catalogue& catalogue;
    const UploadStore& store;
    UploadLimits limits;
    AcceptedVideo accepted;
    core::Metrics& metrics;
  };
  /// All parts are borrowed. Serves every core.
  explicit Uploads(const Parts& parts);

  const UploadLimits& limits() const noexcept { return ledger_.limits(); }
  const AcceptedVideo& accepted() const noexcept { return accepted_; }

  core::Task<Accepted<UploadProgress>> create(NewUpload upload);
  /// With its first bytes; fails as a whole.
  core::Task<Accepted<UploadProgress>> create_with_body(http::Request& request, NewUpload upload,
                                                        std::optional<Checksum> checksum);
  core::Task<Accepted<UploadProgress>> append(http::Request& request, std::string id,
                                              Append append);
  /// Ends a request that still writes: the offset is one that the client can rely on.
  core::Task<Accepted<UploadProgress>> look_up(std::string id);
  core::Task<Accepted<>> terminate(std::string id);

  /// The whole file in one request. Nothing is left of one that does not end well.
  core::Task<Accepted<core::Snapshot<catalogue::VideoRecord>>> take_whole(http::Request& request,
                                                                          FileDescription file);

  /// Ends what has expired; yields how many. On any core.
  core::Task<Accepted<size_t>> expire_once();
  /// expire_once() every minute until the core stops; spawned on one core.
  core::Task<> keep_expiring();

 private:
  template <class T, class Verb>
  core::Task<Accepted<T>> with_lease(std::string id, core::Cancellation& cancellation,
                                     OnHeld on_held, Verb verb);
  core::Task<Accepted<UploadProgress>> append_leased(http::Request& request, std::string id,
                                                     Append append);
  core::Task<Accepted<UploadProgress>> look_up_leased(std::string id);
  core::Task<Accepted<>> terminate_leased(std::string id);
  core::Task<Accepted<bool>> expire_leased(std::string id);
  core::Task<Accepted<UploadProgress>> publish_if_whole(UploadStatus status);
  core::Task<Accepted<core::Snapshot<catalogue::VideoRecord>>> publish_whole(std::string id,
                                                                             uint64_t size,
                                                                             FileDescription file);
  core::Task<Accepted<>> remove_files(std::string id);
  catalogue::Timestamp now() const;

  core::ControlThread& control_;
  const UploadStore& store_;
  const AcceptedVideo accepted_;
  const UploadMetrics metrics_;
  UploadLedger ledger_;
  WriteLeases leases_;
  BodyReceiver receiver_;
  Publisher publisher_;
};

}  // namespace millrace::media::upload
