#include "http/static_files.h"

#include <fcntl.h>

#include <cerrno>

#include "http/mime.h"
#include "http/token.h"

namespace millrace::http {
namespace {

// The router has decoded the path and refused `..`, backslashes and control characters (HT-12).
// Empty segments would give one file many names, each with a place in the cache.
bool may_be_served(std::string_view path) noexcept {
  do {
    const std::string_view segment = take_until(path, '/');
    if (segment.empty() || segment.starts_with('.')) return false;
  } while (!path.empty());
  return true;
}

std::string max_age(std::chrono::milliseconds age) {
  return fmt::format("public, max-age={}",
                     std::chrono::duration_cast<std::chrono::seconds>(age).count());
}

}  // namespace

OpenFileCache::Options file_cache_options_of(const core::FilesConfig& config, int folder) noexcept {
  return {.folder = folder,
          .files_max = config.cache_files_max,
          .memory_max = config.cache_memory.value,
          .recheck_after = config.recheck_after};
}

StaticFiles::Terms static_files_terms_of(const core::FilesConfig& config) {
  return {.cache_control = max_age(config.max_age),
          .playlist_cache_control = max_age(config.playlist_max_age)};
}

core::Result<core::UniqueFd> StaticFiles::open_folder(const std::string& path) noexcept {
  const int fd = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return core::os_failure(errno, "open");
  return core::UniqueFd(fd);
}

StaticFiles::StaticFiles(core::Core& core, const OpenFileCache::Options& cache, Terms terms,
                         const FileCacheMetrics& metrics)
    : cache_(core, cache, metrics), terms_(std::move(terms)) {}

core::Task<RouteResult> StaticFiles::get_file(Request& request) {
  const std::string_view path = request.param("path");
  if (!may_be_served(path)) co_return core::fail(core::ErrorCode::kNotFound, "no such file");
  if (const core::Snapshot<CachedFile> file = cache_.find_fresh(path)) {
    co_return shared_response_of(*file);
  }
  const auto file = co_await cache_.find(std::string(path), request.cancellation());
  if (!file) co_return std::unexpected(file.error());
  co_return shared_response_of(**file);
}

Response StaticFiles::shared_response_of(const CachedFile& file) const {
  if (file.response == nullptr) {
    file.response = std::make_shared<SharedResponse>(response_of(file));
  }
  return Response::of(file.response);
}

Response StaticFiles::response_of(const CachedFile& file) const {
  Body body = file.bytes;
  if (file.file != nullptr) {
    body = FileSlices{.head = {},
                      .slices = {{.file = file.file, .offset = 0, .size = file.file->size()}}};
  }
  const bool is_playlist = file.content_type == content_type_of(".m3u8");
  Response response =
      Response::ok(file.content_type, std::move(body))
          .with_cache_control(is_playlist ? terms_.playlist_cache_control : terms_.cache_control)
          .with_etag(file.etag);
  response.last_modified = file.stamp.modified();
  if (is_playlist) response.ranges = RangePolicy::kIgnore;
  return response;
}

}  // namespace millrace::http
