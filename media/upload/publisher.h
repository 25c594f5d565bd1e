#pragma once

#include <cstdint>
#include <string>

#include "core/control.h"
#include "core/task.h"
#include "media/catalogue/records.h"
#include "media/upload/refusal.h"
#include "media/upload/upload_ledger.h"
#include "media/upload/upload_metrics.h"

namespace millrace::media::upload {

/// What the server does with a file that arrived whole; `self` is borrowed.
struct AcceptedVideo {
  void* self = nullptr;
  /// Called on the core of the request once video and job are durable, and awaited before the
  /// client is told: shows the video on every core, so that the client finds it, and wakes the job
  /// queue.
  core::Task<> (*show)(void* self, catalogue::VideoChange change) = nullptr;
  /// The video as the API shows it, for the answer to a plain upload.
  std::string (*to_json)(void* self, const catalogue::VideoRecord& video) = nullptr;
};

/// The last steps of an upload. Each can be repeated after a crash: a synced file gets its final
/// name, then video and job get their rows, then the client is told.
class Publisher {
 public:
  Publisher(core::ControlThread& control, UploadLedger& ledger, const UploadStore& store,
            AcceptedVideo accepted, const UploadMetrics& metrics)
      : control_(control), ledger_(ledger), store_(store), accepted_(accepted), metrics_(metrics) {}

  core::Task<Accepted<core::Snapshot<catalogue::VideoRecord>>> publish(
      const catalogue::UploadRecord& record, PartStatus part);

 private:
  core::Task<core::Result<>> give_final_name(const std::string& id);

  core::ControlThread& control_;
  UploadLedger& ledger_;
  const UploadStore& store_;
  const AcceptedVideo accepted_;
  const UploadMetrics& metrics_;
};

}  // namespace millrace::media::upload
