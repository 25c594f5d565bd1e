// The blocking half of uploads: rows of the catalogue and files of the store, always together.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/catalogue/catalogue.h"
#include "media/upload/append_plan.h"
#include "media/upload/metadata.h"
#include "media/upload/refusal.h"
#include "media/upload/tus_request.h"
#include "media/upload/upload_store.h"

namespace millrace::media::upload {

struct UploadLimits {
  uint64_t size_max = uint64_t{64} << 30;   ///< Bytes of one file.
  uint64_t free_floor = uint64_t{1} << 30;  ///< Bytes of the disk that uploads leave alone.
  std::chrono::milliseconds lifetime = std::chrono::hours(24);  ///< Since the last request.
  /// 10,000: ten a second for a quarter of an hour, none of which is ever continued.
  uint64_t unfinished_count_max = 10'000;
};

struct NewUpload {
  std::optional<uint64_t> length;
  std::string metadata;  ///< As received.
  FileDescription file;
};

struct UploadStatus {
  catalogue::UploadRecord record;
  PartStatus part;
};

struct OpenedUpload {
  UploadStatus status;
  AppendPlan plan;
};

/// Used on the control thread only. Whoever changes an upload holds its lease.
class UploadLedger {
 public:
  UploadLedger(catalogue::Catalogue& catalogue, const UploadStore& store, UploadLimits limits)
      : catalogue_(catalogue), store_(store), limits_(limits) {}

  const UploadLimits& limits() const noexcept { return limits_; }

  /// The row and an empty part. 413, 503 (too many unfinished), 507.
  Accepted<catalogue::UploadRecord> create(const NewUpload& upload, catalogue::Timestamp now);
  /// An empty part without a row, for a body that cannot be resumed. Yields the id.
  Accepted<std::string> create_part(std::optional<uint64_t> size);
  /// The row of a file that arrived whole, so that a crash from here on does not lose it.
  Accepted<catalogue::UploadRecord> register_whole(std::string_view id, const NewUpload& upload,
                                                   catalogue::Timestamp now);

  /// 404, 410.
  Accepted<UploadStatus> look_up(std::string_view id);
  /// look_up(), then plan_append(); stores a settled length and a later expiry. 507.
  Accepted<OpenedUpload> open(std::string_view id, const Append& append, catalogue::Timestamp now);
  /// 507 when `size` more bytes would go under the floor.
  Accepted<> check_space(uint64_t size) const;
  /// Cuts off what its checksum did not vouch for.
  Accepted<> cut_unverified(std::string_view id) const;

  /// Video and job, durably; the file has its final name already.
  Accepted<catalogue::VideoChange> complete(const catalogue::UploadRecord& record, uint64_t size,
                                            catalogue::Timestamp now);
  /// 404, 410; 409 for a complete upload: it is a video by now.
  Accepted<> terminate(std::string_view id);
  Accepted<> remove_files(std::string_view id) const;

  /// Unfinished uploads whose time is over.
  Accepted<std::vector<std::string>> find_expired(catalogue::Timestamp now);
  /// Ends the row if the time is still over. Yields whether it did.
  Accepted<bool> expire(std::string_view id, catalogue::Timestamp now);
  /// Rows of ended uploads a lifetime after their expiry.
  Accepted<> forget_ended(catalogue::Timestamp now);

 private:
  Accepted<> extend(catalogue::UploadRecord& record, const AppendPlan& plan,
                    catalogue::Timestamp now);

  catalogue::Catalogue& catalogue_;
  const UploadStore& store_;
  const UploadLimits limits_;
};

}  // namespace millrace::media::upload
