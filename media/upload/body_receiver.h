#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/control.h"
#include "core/hash.h"
#include "core/task.h"
#include "http/request.h"
#include "media/upload/part_writer.h"
#include "media/upload/refusal.h"
#include "media/upload/tus_request.h"
#include "media/upload/upload_ledger.h"
#include "media/upload/upload_metrics.h"

namespace millrace::media::upload {

/// Where a request's body goes.
struct Delivery {
  std::string id;
  uint64_t offset = 0;
  uint64_t size_max = 0;
  std::optional<Checksum> checksum;
};

/// Brings the body of a request into a part file. Used on any core; its caller holds the upload's
/// lease.
class BodyReceiver {
 public:
  BodyReceiver(core::ControlThread& control, UploadLedger& ledger, const UploadStore& store,
               const UploadMetrics& metrics)
      : control_(control), ledger_(ledger), store_(store), metrics_(metrics) {}

  /// Yields the new size of the part. When the client goes away, what it sent is kept and the next
  /// request goes on from there; with a checksum all of the body is dropped instead.
  /// 413: the body is larger than it may be. 460: its digest differs. 507.
  core::Task<Accepted<uint64_t>> receive(http::Request& request, const Delivery& delivery);

 private:
  enum class End : uint8_t { kWhole, kCutOff, kTooLarge, kNotWritten };
  struct Outcome {
    End end = End::kWhole;
    core::Error error;
  };

  core::Task<core::Result<PartWriter>> open(const Delivery& delivery);
  core::Task<Outcome> copy(http::Request& request, uint64_t size_max, PartWriter& writer,
                           std::optional<core::Digest>& digest);
  core::Task<Accepted<>> check_space(uint64_t size);
  core::Task<Accepted<uint64_t>> keep(const Outcome& outcome, PartWriter& writer);
  core::Task<Accepted<uint64_t>> keep_if_equal(const Outcome& outcome, PartWriter& writer,
                                               const Delivery& delivery, core::Digest& digest);

  core::ControlThread& control_;
  UploadLedger& ledger_;
  const UploadStore& store_;
  const UploadMetrics& metrics_;
};

}  // namespace millrace::media::upload
