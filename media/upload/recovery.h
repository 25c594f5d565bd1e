#pragma once

#include <cstddef>

#include "core/result.h"
#include "media/catalogue/catalogue.h"
#include "media/upload/upload_store.h"

namespace millrace::media::upload {

struct RecoveryReport {
  size_t accepted_count = 0;  ///< Whole files whose last step a crash had cut off.
  size_t removed_count = 0;   ///< Folders that belong to nothing, or to what was removed.
  size_t expired_count = 0;
  size_t lost_count = 0;     ///< Waiting videos whose original is gone: failed.
  size_t unknown_count = 0;  ///< Originals that no row knows; left alone, for a person to decide.
};

/// Brings files and rows together again after a crash, before anything is served. Blocks.
core::Result<RecoveryReport> recover_uploads(catalogue::Catalogue& catalogue,
                                             const UploadStore& store, catalogue::Timestamp now);

/// The video that a complete upload becomes: queued, with its name and size.
struct CompleteUpload {
  const catalogue::UploadRecord& upload;
  uint64_t size = 0;
  catalogue::Timestamp completed;
};
catalogue::NewVideo video_of(const CompleteUpload& complete);

}  // namespace millrace::media::upload
