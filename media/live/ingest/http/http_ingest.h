// Publishing by one endless request, as ffmpeg sends it (IG-07).
#pragma once

#include "http/endpoint.h"
#include "media/live/ingest/publisher.h"

namespace millrace::media::live {

/// PUT and POST /ingest/{key}: MPEG-TS, FLV or fragmented MP4, told by the first bytes, whatever
/// Content-Type says (ffmpeg says nothing). A body that ends in order is the end of the stream; a
/// connection that breaks is not. 204 at the end; 403 for a key that is none, 409 for a stream that
/// has a publisher, 415 for bytes of another kind (IG-05).
class HttpIngest {
 public:
  /// Borrowed.
  explicit HttpIngest(PublishDesk& desk) noexcept : desk_(desk) {}

  core::Task<http::RouteResult> put_stream(http::Request& request);

 private:
  PublishDesk& desk_;
};

}  // namespace millrace::media::live
