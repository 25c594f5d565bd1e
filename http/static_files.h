// A folder of files, served as they are.
#pragma once

#include <string>
#include <string_view>

#include "core/config.h"
#include "core/unique_fd.h"
#include "http/endpoint.h"
#include "http/open_file_cache.h"

namespace millrace::http {

/// One per core. Serves regular files below a folder that others write: finished ones, and
/// playlists that are replaced. Never hidden ones, never what a symbolic link has outside.
class StaticFiles {
 public:
  struct Terms {
    std::string cache_control;           ///< Of everything but
    std::string playlist_cache_control;  ///< playlists.
  };

  /// Opens the folder itself, once: what is put in its place later is not seen. Blocks: for
  /// start-up. Errors: kNotFound, kOs.
  static core::Result<core::UniqueFd> open_folder(const std::string& path) noexcept;

  StaticFiles(core::Core& core, const OpenFileCache::Options& cache, Terms terms,
              const FileCacheMetrics& metrics);

  /// GET /files/{path...}
  ///
  /// 200, 206, 304, 416: a file, in full, in part, or not. 404: none by that name that may be
  /// served. 503: no descriptor left, or the file was being rewritten.
  core::Task<RouteResult> get_file(Request& request);

 private:
  Response shared_response_of(const CachedFile& file) const;
  Response response_of(const CachedFile& file) const;

  OpenFileCache cache_;
  Terms terms_;
};

OpenFileCache::Options file_cache_options_of(const core::FilesConfig& config, int folder) noexcept;
StaticFiles::Terms static_files_terms_of(const core::FilesConfig& config);

}  // namespace millrace::http
