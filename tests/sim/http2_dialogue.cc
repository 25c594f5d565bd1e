#include "tests/sim/http2_dialogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "http/token.h"

namespace millrace::sim {
namespace {

std::string_view text_of(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv as_field(const std::string& name, const std::string& value) {
  return {.name = reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          .value = reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())),
          .namelen = name.size(),
          .valuelen = value.size(),
          .flags = 0};
}

}  // namespace

/// What nghttp2 calls.
struct Http2Dialogue::Callbacks {
  static Http2Dialogue& self(void* user) { return *static_cast<Http2Dialogue*>(user); }

  static int on_field(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* user) {
    if (Stream* stream = self(user).stream_of(frame->hd.stream_id)) {
      self(user).heard_field(*stream, text_of(name, name_size), text_of(value, value_size));
    }
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    self(user).heard_frame(*frame);
    return 0;
  }
  static int on_data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size,
                     void* user) {
    if (Stream* stream = self(user).stream_of(id)) stream->check.body(text_of(data, size));
    return 0;
  }
  static int on_close(nghttp2_session*, int32_t id, uint32_t, void* user) {
    if (Stream* stream = self(user).stream_of(id)) stream->is_closed = true;
    return 0;
  }
  static int on_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (Stream* stream = self(user).stream_of(frame->hd.stream_id)) stream->is_closed = true;
    return 0;
  }
  static ssize_t read_content(nghttp2_session*, int32_t, uint8_t* into, size_t size_max,
                              uint32_t* flags, nghttp2_data_source* source, void*) {
    Stream& stream = *static_cast<Stream*>(source->ptr);
    const std::string_view rest =
        std::string_view(stream.exchange().content).substr(stream.sent, size_max);
    std::ranges::copy(rest, into);
    stream.sent += rest.size();
    if (stream.sent == stream.exchange().content.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(rest.size());
  }
};

Http2Dialogue::Http2Dialogue(const Manner& manner, std::vector<Exchange> exchanges, Random& random,
                             Trace& trace, uint64_t who)
    : Dialogue(std::move(exchanges)), manner_(manner), random_(random), trace_(trace), who_(who) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::on_field);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Callbacks::on_close);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, &Callbacks::on_not_sent);
  nghttp2_session* made = nullptr;
  nghttp2_session_client_new(&made, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  session_.reset(made);
  open_windows(manner.window);
}

void Http2Dialogue::open_windows(uint32_t window) noexcept {
  const std::array<nghttp2_settings_entry, 2> settings{
      {{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}}};
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
}

void Http2Dialogue::settle_down() noexcept {
  manner_.gives_up = 0;
  if (!is_broken_) open_windows(1'000'000);
}

Http2Dialogue::Stream* Http2Dialogue::stream_of(int32_t id) noexcept {
  const auto found = std::ranges::find(streams_, id, &Stream::id);
  return found == streams_.end() ? nullptr : &*found;
}

void Http2Dialogue::ask(const Exchange& exchange) {
  Stream& stream = streams_.emplace_back(exchange);
  const Exchange::Fields pseudo{{":method", exchange.method},
                                {":scheme", "http"},
                                {":authority", "sim"},
                                {":path", exchange.target}};
  std::vector<nghttp2_nv> all;
  for (const auto& [name, value] : pseudo) all.push_back(as_field(name, value));
  for (const auto& [name, value] : exchange.fields) all.push_back(as_field(name, value));
  const nghttp2_data_provider content{.source = {.ptr = &stream},
                                      .read_callback = &Callbacks::read_content};
  stream.id = nghttp2_submit_request(session_.get(), nullptr, all.data(), all.size(),
                                     exchange.content.empty() ? nullptr : &content, nullptr);
  if (stream.id < 0) stream.is_closed = true;
}

void Http2Dialogue::give_up_one() {
  Stream& stream = streams_[random_.below(streams_.size())];
  if (stream.is_closed) return;
  trace_.note("client resets stream", who_, stream.id);
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
}

std::string Http2Dialogue::say() {
  if (is_broken_) return {};
  const auto may_ask = [&] {
    return manner_.asks_all_at_once || streams_.empty() || streams_.back().is_closed;
  };
  while (!has_asked_all() && may_ask()) ask(exchanges_[streams_.size()]);
  if (random_.chance(manner_.gives_up)) give_up_one();
  std::string text;
  const uint8_t* bytes = nullptr;
  for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_.get(), &bytes)) > 0;) {
    text.append(text_of(bytes, static_cast<size_t>(size)));
  }
  said_ += text.size();
  return text;
}

void Http2Dialogue::hear(std::string_view bytes, size_t said) {
  if (is_broken_) return;
  has_sent_all_ = said == said_;
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const ssize_t read = nghttp2_session_mem_recv(session_.get(), data, bytes.size());
  for (const Stream& stream : streams_) {
    if (complaint_.empty()) complaint_ = stream.check.complaint();
  }
  if (read >= 0) return;
  is_broken_ = true;
  // A server that takes this for HTTP/1.1 says so in HTTP/1.1.
  if (read != NGHTTP2_ERR_BAD_CLIENT_MAGIC && complaint_.empty()) {
    complaint_ = fmt::format("HTTP/2: {}", nghttp2_strerror(static_cast<int>(read)));
  }
}

void Http2Dialogue::heard_field(Stream& stream, std::string_view name, std::string_view value) {
  if (name == ":status") {
    stream.status = static_cast<int>(http::parse_decimal(value).value_or(0));
    stream.coding.clear();
    stream.length.reset();
  } else if (name == "content-encoding") {
    stream.coding = value;
  } else if (name == "content-length") {
    stream.length = http::parse_decimal(value);
  }
}

void Http2Dialogue::heard_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    const uint32_t error = frame.goaway.error_code;
    trace_.note("server says goodbye", who_, error);
    // Who gives up all the time is told to calm down; who does not come to an end of a head, that
    // it was none.
    const bool is_right =
        error == NGHTTP2_NO_ERROR || manner_.gives_up > 0 || manner_.may_be_late || !has_sent_all_;
    if (!is_right && complaint_.empty()) complaint_ = fmt::format("GOAWAY with error {}", error);
  }
  Stream* stream = stream_of(frame.hd.stream_id);
  if (stream == nullptr) return;
  const bool is_head = frame.hd.type == NGHTTP2_HEADERS;
  if (is_head && stream->status >= 200) {
    stream->check.begin(stream->status, stream->coding, stream->length);
  }
  const bool is_end =
      (is_head || frame.hd.type == NGHTTP2_DATA) && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (is_end) answered(*stream);
}

void Http2Dialogue::answered(Stream& stream) {
  stream.check.end();
  status_ = stream.status;
  trace_.note("answered", who_, status_);
  ++answer_count_;
}

bool Http2Dialogue::is_owed(size_t said) const noexcept {
  if (is_broken_ || is_over() || said < said_) return false;
  return std::ranges::any_of(streams_, [](const Stream& stream) {
    const Exchange& exchange = stream.exchange();
    return !stream.is_closed && exchange.end == Exchange::End::kWhole &&
           exchange.trust != Exchange::Trust::kMalformed;
  });
}

bool Http2Dialogue::is_over() const noexcept {
  if (is_broken_) return true;
  const bool are_all_closed = std::ranges::all_of(streams_, &Stream::is_closed);
  if (!are_all_closed) return false;
  return has_asked_all() || nghttp2_session_check_request_allowed(session_.get()) == 0;
}

}  // namespace millrace::sim
