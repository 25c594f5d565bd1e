#include "media/api/file_response.h"

#include <fcntl.h>

#include "core/core.h"
#include "core/io/open_at.h"
#include "core/io/statx.h"

namespace millrace::media::api {

core::Task<http::RouteResult> file_response(std::string path, std::string_view content_type,
                                            std::string_view cache_control) {
  core::Ring& ring = core::Core::current().ring();
  core::Result<core::UniqueFd> fd = co_await core::io::OpenAt(ring, std::move(path), O_RDONLY);
  if (!fd) co_return std::unexpected(fd.error());
  const core::Result<struct statx> status = co_await core::io::Statx(ring, fd->get());
  if (!status) co_return std::unexpected(status.error());
  const uint64_t size = status->stx_size;
  std::string etag =
      fmt::format("\"{:x}-{:x}-{:x}\"", size, status->stx_mtime.tv_sec, status->stx_mtime.tv_nsec);
  http::FileSlices body;
  body.slices.push_back(
      {.file = std::make_shared<http::OpenFile>(std::move(*fd), size), .offset = 0, .size = size});
  co_return http::Response::ok(content_type, std::move(body))
      .with_cache_control(cache_control)
      .with_etag(std::move(etag));
}

}  // namespace millrace::media::api
