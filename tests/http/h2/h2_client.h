// A client that speaks HTTP/2: well-behaved through nghttp2, or frame by frame.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/h2/preface.h"
#include "tests/http/loopback.h"

namespace millrace::http::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What came for one request.
struct H2Reply {
  int status = 0;
  std::vector<int> interim;
  Fields fields;
  std::string body;
  bool is_complete = false;
  bool is_closed = false;
  uint32_t error = 0;  ///< Of the RST_STREAM that closed it.

  std::string field(std::string_view name) const {
    for (const auto& [present, value] : fields) {
      if (present == name) return value;
    }
    return {};
  }
};

/// How far the client lets the server send: as it reads; never more than at first; as it likes.
enum class Windows : uint8_t { kOpen, kByHand, kHuge };

/// Sends requests and collects replies while the server runs.
class H2Client {
 public:
  H2Client(Pump pump, uint16_t port, Windows windows = Windows::kOpen)
      : pump_(pump), socket_(pump, port) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, windows == Windows::kByHand ? 1 : 0);
    nghttp2_session* made = nullptr;
    nghttp2_session_client_new2(&made, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    session_.reset(made);
    const bool huge = windows == Windows::kHuge;
    const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
                              nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
                                                     huge ? uint32_t{kHugeWindow} : kUsualWindow}};
    nghttp2_submit_settings(made, 0, settings.data(), settings.size());
    // What holds the server back then is the socket.
    const int buffer = 64 * 1024;
    if (huge) ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (huge) nghttp2_session_set_local_window_size(made, 0, 0, kHugeWindow);
  }

  nghttp2_session* session() { return session_.get(); }
  Client& socket() { return socket_; }

  /// Begins a request. With a body, which ends the request unless it is to be `continued`.
  int32_t request(std::string_view method, std::string_view path, Fields fields = {},
                  std::string_view body = {}) {
    Fields all{{":method", std::string(method)},
               {":scheme", "http"},
               {":authority", "x"},
               {":path", std::string(path)}};
    all.insert(all.end(), fields.begin(), fields.end());
    return submit(all, body);
  }
  int32_t submit(const Fields& fields, std::string_view body = {}) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) list.push_back(nv(name, value));
    auto* rest = &bodies_.emplace_back(std::make_unique<std::string>(body));
    nghttp2_data_provider provider{.source = {.ptr = rest->get()}, .read_callback = read_body};
    const int32_t id = nghttp2_submit_request(session(), nullptr, list.data(), list.size(),
                                              body.empty() ? nullptr : &provider, nullptr);
    EXPECT_GT(id, 0);
    return id;
  }
  int32_t get(std::string_view path, Fields fields = {}) {
    return request("GET", path, std::move(fields));
  }

  H2Reply& reply(int32_t id) { return replies_[id]; }
  /// Until the stream is closed.
  H2Reply& wait(int32_t id) {
    pump_.until([&] { return exchange_failed() || replies_[id].is_closed; });
    return replies_[id];
  }
  template <class F>
  void until(F done) {
    pump_.until([&] { return exchange_failed() || done(); });
  }
  /// Lets everything happen that needs nothing more.
  void settle() {
    for (int i = 0; i < 8; ++i) {
      pump_.settle();
      exchange_failed();
    }
  }
  bool is_over() {
    settle();
    return is_over_;
  }
  /// Error codes of the GOAWAYs that came.
  const std::vector<uint32_t>& goodbyes() const { return goodbyes_; }
  /// Streams in the order in which their data came, without repetitions.
  const std::vector<int32_t>& order() const { return order_; }

 private:
  static constexpr int32_t kHugeWindow = 1 << 30;
  static constexpr uint32_t kUsualWindow = NGHTTP2_INITIAL_WINDOW_SIZE;
  struct Delete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };
  static nghttp2_nv nv(const std::string& name, const std::string& value) {
    return {.name = reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
            .value = reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())),
            .namelen = name.size(),
            .valuelen = value.size(),
            .flags = 0};
  }
  static H2Client& self(void* user) { return *static_cast<H2Client*>(user); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                       size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                       void* user) {
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    H2Reply& reply = self(user).replies_[frame->hd.stream_id];
    if (key != ":status") {
      reply.fields.emplace_back(key, text);
    } else if (text[0] == '1') {
      reply.interim.push_back(std::stoi(text));
    } else {
      reply.status = std::stoi(text);
    }
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      self(user).goodbyes_.push_back(frame->goaway.error_code);
    }
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      self(user).replies_[frame->hd.stream_id].error = frame->rst_stream.error_code;
    }
    const bool ends = (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
                      (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (ends) self(user).replies_[frame->hd.stream_id].is_complete = true;
    return 0;
  }
  static int on_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size,
                     void* user) {
    H2Client& client = self(user);
    client.replies_[id].body.append(reinterpret_cast<const char*>(data), size);
    if (client.order_.empty() || client.order_.back() != id) client.order_.push_back(id);
    return 0;
  }
  static int on_close(nghttp2_session*, int32_t id, uint32_t, void* user) {
    self(user).replies_[id].is_closed = true;
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, int32_t, uint8_t* into, size_t size_max,
                           uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& rest = *static_cast<std::string*>(source->ptr);
    const size_t size = std::min(size_max, rest.size());
    std::copy_n(rest.data(), size, into);
    rest.erase(0, size);
    if (rest.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  // Moves bytes both ways. True once the connection is over.
  bool exchange_failed() {
    const uint8_t* bytes = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session(), &bytes)) > 0;) {
      socket_.send({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
    }
    is_over_ = is_over_ || !socket_.is_open();
    const std::string received = socket_.take_received();
    if (!received.empty()) {
      nghttp2_session_mem_recv(session(), reinterpret_cast<const uint8_t*>(received.data()),
                               received.size());
    }
    return is_over_ && received.empty();
  }

  Pump pump_;
  Client socket_;
  std::unique_ptr<nghttp2_session, Delete> session_;
  std::map<int32_t, H2Reply> replies_;
  std::vector<std::unique_ptr<std::string>> bodies_;
  std::vector<uint32_t> goodbyes_;
  std::vector<int32_t> order_;
  bool is_over_ = false;
};

}  // namespace millrace::http::test
