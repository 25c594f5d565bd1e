#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/catalogue/database.h"
#include "media/catalogue/records.h"

namespace millrace::media::catalogue {

/// Rows of `videos` and `formats`. No transactions here: the catalogue spans them.
class VideoTable {
 public:
  core::Result<> prepare(Database& database);

  core::Result<> insert(const VideoRecord& video);
  /// kNotFound: no such video.
  core::Result<VideoRecord> find(std::string_view id);
  core::Result<std::vector<VideoRecord>> load();
  core::Result<> update(const VideoRecord& video);
  /// kNotFound: no such video.
  core::Result<> remove(std::string_view id);
  /// Videos in `processing` wait again, without the formats that were being made.
  core::Result<> requeue_processing();

 private:
  core::Result<> insert_formats(const VideoRecord& video);

  Database* database_ = nullptr;
  Statement insert_, select_, select_all_, update_, delete_, requeue_;
  Statement insert_format_, select_formats_, select_all_formats_, delete_formats_, drop_unfinished_;
};

}  // namespace millrace::media::catalogue
