#pragma once

#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/catalogue/database.h"
#include "media/catalogue/records.h"

namespace millrace::media::catalogue {

/// Rows of `uploads`. An ended upload keeps its row until it expires, so that a client whose last
/// answer was lost learns that it is complete, and one that was removed gets 410 rather than 404.
class UploadTable {
 public:
  core::Result<> prepare(Database& database);

  core::Result<> insert(const UploadRecord& upload);
  /// kNotFound: no such upload.
  core::Result<UploadRecord> find(std::string_view id);
  /// In the order of expiry.
  core::Result<std::vector<UploadRecord>> load();
  /// Length, state and expiry. kNotFound: no such upload.
  core::Result<> update(const UploadRecord& upload);
  core::Result<> remove(std::string_view id);
  core::Result<uint64_t> count_receiving();
  /// Marks the upload complete, if there is one: a plain PUT has none.
  core::Result<> complete(std::string_view id, uint64_t length);
  /// Deletes the rows of uploads that ended and expired before then.
  core::Result<> forget(Timestamp expired_before);

 private:
  Database* database_ = nullptr;
  Statement insert_, select_, select_all_, update_, delete_, complete_, forget_, count_;
};

}  // namespace millrace::media::catalogue
