#include "http/h2/frame_callbacks.h"

#include <array>

#include "core/assert.h"
#include "http/h2/http2_session.h"

namespace millrace::http::h2 {
namespace {

// Of one connection, over the streams' own 64 KiB: 16 uploads side by side.
constexpr int32_t kConnectionWindow = 1024 * 1024;
// Answers to PING and SETTINGS that the peer has not taken.
constexpr size_t kQueuedAcksMax = 64;
// 16 KiB of fields in frames of at least 2 KiB.
constexpr size_t kContinuationCountMax = 8;
// With its header such a frame fills a TLS record: 16,384 bytes.
constexpr ssize_t kDataBytesMax = 16'384 - 9;

Http2Session& session_of(void* user) { return *static_cast<Http2Session*>(user); }

Stream* stream_of(nghttp2_session* frames, int32_t id) {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(frames, id));
}

}  // namespace

/// Translates; nothing is decided here.
struct FrameCallbacks {
  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user) {
    session_of(user).count_frame(*header);
    return 0;
  }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      session_of(user).begin_request(frame->hd.stream_id);
    }
    return 0;
  }
  static int header(nghttp2_session* frames, const nghttp2_frame* frame, const uint8_t* name,
                    size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                    void* user) {
    Stream* stream = stream_of(frames, frame->hd.stream_id);
    // Trailers are dropped: nghttp2 bounds a block to 64 KiB, and HPACK's cost is in it.
    if (stream == nullptr || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    return session_of(user).add_field(*stream, view_of(name, name_size),
                                      view_of(value, value_size));
  }
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    session_of(user).received(*frame);
    return 0;
  }
  static int data_chunk(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size,
                        void* user) {
    session_of(user).received_data(id, std::as_bytes(std::span(data, size)));
    return 0;
  }
  static int stream_closed(nghttp2_session* frames, int32_t id, uint32_t error, void* user) {
    Stream* stream = stream_of(frames, id);
    if (stream != nullptr) session_of(user).closed(*stream, error);
    return 0;
  }
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    session_of(user).sent(*frame);
    return 0;
  }
  static ssize_t read_data(nghttp2_session*, int32_t, uint8_t*, size_t size_max, uint32_t* flags,
                           nghttp2_data_source* source, void* user) {
    return session_of(user).size_next_data(*static_cast<Stream*>(source->ptr), size_max, *flags);
  }
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const uint8_t* header, size_t size,
                       nghttp2_data_source* source, void* user) {
    MR_ASSERT(frame->data.padlen == 0);  // Nobody here asks for padding.
    session_of(user).add_data(*static_cast<Stream*>(source->ptr),
                              std::as_bytes(std::span(header, 9)), size);
    return 0;
  }
  static ssize_t data_length(nghttp2_session*, uint8_t, int32_t, int32_t connection_window,
                             int32_t stream_window, uint32_t frame_max, void*) {
    return std::min<ssize_t>({kDataBytesMax, connection_window, stream_window, frame_max});
  }
};

namespace {

const nghttp2_session_callbacks* callbacks() {
  static const nghttp2_session_callbacks* const shared = [] {
    nghttp2_session_callbacks* made = nullptr;
    MR_ASSERT(nghttp2_session_callbacks_new(&made) == 0);
    using C = FrameCallbacks;
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, C::begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, C::begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, C::header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, C::frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, C::data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, C::stream_closed);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, C::frame_sent);
    nghttp2_session_callbacks_set_send_data_callback(made, C::send_data);
    nghttp2_session_callbacks_set_data_source_read_length_callback(made, C::data_length);
    return made;
  }();
  return shared;
}

const nghttp2_option* options() {
  static const nghttp2_option* const shared = [] {
    nghttp2_option* made = nullptr;
    MR_ASSERT(nghttp2_option_new(&made) == 0);
    nghttp2_option_set_no_auto_window_update(made, 1);
    nghttp2_option_set_no_closed_streams(made, 1);
    nghttp2_option_set_max_outbound_ack(made, kQueuedAcksMax);
    nghttp2_option_set_max_continuations(made, kContinuationCountMax);
    nghttp2_option_set_builtin_recv_extension_type(made, NGHTTP2_PRIORITY_UPDATE);
    return made;
  }();
  return shared;
}

}  // namespace

Frames make_frames(Http2Session& session, const Limits& limits) {
  nghttp2_session* made = nullptr;
  if (nghttp2_session_server_new2(&made, callbacks(), &session, options()) != 0) return nullptr;
  Frames frames(made);
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
                                                   static_cast<uint32_t>(limits.stream_count_max)},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
                                                   static_cast<uint32_t>(limits.head_bytes_max)},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
  const int submitted =
      nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) |
      nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  return submitted == 0 ? std::move(frames) : nullptr;
}

nghttp2_data_provider data_of(Stream& stream) noexcept {
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = FrameCallbacks::read_data;
  return provider;
}

}  // namespace millrace::http::h2
