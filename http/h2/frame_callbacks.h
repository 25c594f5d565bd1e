// Where nghttp2 calls back.
#pragma once

#include "http/h2/nghttp2.h"
#include "http/limits.h"

namespace millrace::http::h2 {

class Http2Session;

/// A server's end that reports to `session`, with its SETTINGS queued. Null: no memory.
Frames make_frames(Http2Session& session, const Limits& limits);

/// For nghttp2_submit_response: the stream is `source->ptr`.
nghttp2_data_provider data_of(class Stream& stream) noexcept;

}  // namespace millrace::http::h2
