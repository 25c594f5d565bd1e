#pragma once

#include "core/metrics.h"

namespace millrace::media::upload {

/// What operators watch of uploads.
struct UploadMetrics {
  explicit UploadMetrics(core::Metrics& metrics);

  core::Counter received_bytes;
  core::Gauge active;  ///< Bodies on their way into a part.
  core::Counter accepted;
  core::Counter interrupted;
  core::Counter checksum_mismatches;
  core::Counter out_of_space;
};

}  // namespace millrace::media::upload
