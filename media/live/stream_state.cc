#include "media/live/stream_state.h"

#include <memory>
#include <utility>

#include "http/gzip.h"
#include "http/response.h"

namespace millrace::media::live {

PlaylistText make_playlist_text(std::string text) {
  PlaylistText made{.body = {}, .etag = http::content_etag(text)};
  if (text.size() >= http::kGzipBytesMin) {
    core::Result<std::string> compressed = http::gzip(text);
    if (compressed) made.body.gzip = std::make_shared<const std::string>(std::move(*compressed));
  }
  made.body.identity = std::make_shared<const std::string>(std::move(text));
  return made;
}

}  // namespace millrace::media::live
