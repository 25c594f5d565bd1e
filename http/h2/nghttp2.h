// nghttp2's objects with owners.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <span>
#include <string_view>

namespace millrace::http::h2 {

struct DeleteFrames {
  void operator()(nghttp2_session* frames) const noexcept { nghttp2_session_del(frames); }
};

/// The framing of one connection: HPACK, flow control, the states of streams (RFC 9113).
using Frames = std::unique_ptr<nghttp2_session, DeleteFrames>;

inline std::string_view view_of(const uint8_t* bytes, size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace millrace::http::h2
