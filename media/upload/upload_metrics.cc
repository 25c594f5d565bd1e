#include "media/upload/upload_metrics.h"

namespace millrace::media::upload {

UploadMetrics::UploadMetrics(core::Metrics& metrics)
    : received_bytes(metrics.counter({.name = "millrace_upload_received_bytes_total",
                                      .help = "Bytes of uploads that reached the disk."})),
      active(metrics.gauge({.name = "millrace_uploads_active",
                            .help = "Requests that send the bytes of an upload now."})),
      accepted(metrics.counter(
          {.name = "millrace_uploads_accepted_total", .help = "Uploads that became a video."})),
      interrupted(metrics.counter({.name = "millrace_uploads_interrupted_total",
                                   .help = "Bodies that broke off before their end."})),
      checksum_mismatches(metrics.counter({.name = "millrace_upload_checksum_mismatches_total",
                                           .help = "Bodies dropped for a wrong checksum."})),
      out_of_space(metrics.counter({.name = "millrace_uploads_out_of_space_total",
                                    .help = "Bodies that the disk had no space for."})) {}

}  // namespace millrace::media::upload
