// What Http2Session does for each of its streams.
#include <array>
#include <utility>

#include "http/date_field.h"
#include "http/dispatch.h"
#include "http/exchange.h"
#include "http/h2/frame_callbacks.h"
#include "http/h2/http2_session.h"
#include "http/refusal.h"

namespace millrace::http::h2 {
namespace {

using core::Task;

// Of cancelled streams whose routes have not returned: as many as may be open.
constexpr size_t kLingeringFactor = 2;

bool ends_stream(const nghttp2_frame_hd& header) noexcept {
  return (header.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

std::optional<Flood> flood_of(const nghttp2_frame_hd& header) noexcept {
  switch (header.type) {
    case NGHTTP2_DATA:
      if (header.length > 0 || ends_stream(header)) return std::nullopt;
      return Flood::kEmptyFrames;
    case NGHTTP2_RST_STREAM:
      return Flood::kResets;
    case NGHTTP2_SETTINGS:
      return Flood::kSettings;
    case NGHTTP2_PING:
      return Flood::kPings;
    case NGHTTP2_PRIORITY:
    case NGHTTP2_PRIORITY_UPDATE:
      return Flood::kPriorities;
    case NGHTTP2_WINDOW_UPDATE:
      return Flood::kWindowUpdates;
    default:  // HEADERS, CONTINUATION; unknown types cost nothing but their bytes.
      return std::nullopt;
  }
}

}  // namespace

void Http2Session::count_frame(const nghttp2_frame_hd& header) noexcept {
  const std::optional<Flood> kind = flood_of(header);
  if (header.type == NGHTTP2_RST_STREAM) site_.metrics.h2.peer_resets.add();
  if (kind && !guard_.allow(*kind, core_.now())) calm(*kind);
}

void Http2Session::calm(Flood kind) noexcept {
  if (std::exchange(is_calmed_, true)) return;
  site_.metrics.h2.count(kind);
  nghttp2_session_terminate_session(frames_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Session::begin_request(int32_t id) {
  idle_.unlink();
  core_.timers().set(head_, core_.now() + site_.limits.head_timeout);
  if (stream_count_ >= kLingeringFactor * site_.limits.stream_count_max) {
    site_.metrics.h2.refused_streams.add();
    nghttp2_submit_rst_stream(frames_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    return;
  }
  auto* stream = new Stream(core_, *this, id, site_.limits);  // Until free_if_over.
  streams_.push_back(*stream);
  ++stream_count_;
  site_.metrics.h2.streams.add(1);
  nghttp2_session_set_stream_user_data(frames_.get(), id, stream);
}

int Http2Session::add_field(Stream& stream, std::string_view name, std::string_view value) {
  stream.head().add(name, value, site_.limits);
  return stream.head().is_absurd(site_.limits) ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}

void Http2Session::received(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_PING && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 && draining_) {
    return say_goodbye();
  }
  if (frame.hd.type == NGHTTP2_PRIORITY_UPDATE) {
    return received_priority(*static_cast<const nghttp2_ext_priority_update*>(frame.ext.payload));
  }
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  auto* stream =
      static_cast<Stream*>(nghttp2_session_get_stream_user_data(frames_.get(), frame.hd.stream_id));
  const bool is_head =
      frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
  if (frame.hd.type == NGHTTP2_HEADERS) head_.unlink();
  if (stream == nullptr) return;
  if (ends_stream(frame.hd)) stream->input().finish();
  if (!is_head) return;
  if (!stream->head().priority().empty()) {
    stream->asked = parse_priority(stream->head().priority());
  }
  if (stream->head().expects_continue()) stream->input().expect_invitation();
  stream->is_serving = true;
  ++task_count_;
  core_.spawn(serve(stream));
}

void Http2Session::received_priority(const nghttp2_ext_priority_update& update) noexcept {
  auto* stream =
      static_cast<Stream*>(nghttp2_session_get_stream_user_data(frames_.get(), update.stream_id));
  if (stream == nullptr) return;
  stream->asked = parse_priority(view_of(update.field_value, update.field_value_len));
  if (stream->has_responded()) apply_priority(*stream);
}

void Http2Session::received_data(int32_t id, std::span<const std::byte> data) {
  auto* stream = static_cast<Stream*>(nghttp2_session_get_stream_user_data(frames_.get(), id));
  if (stream != nullptr && !stream->input().is_discarded()) {
    if (stream->input().push(data)) return;
    reset(*stream, NGHTTP2_INTERNAL_ERROR);
  }
  nghttp2_session_consume_connection(frames_.get(), data.size());
}

Task<void> Http2Session::serve(Stream* stream) {
  auto head = stream->take_head().take(site_.limits);
  if (head) {
    Request request(std::move(*head), stream->input(), stream->gone(), peer_);
    Exchange exchange(core_.clock(), site_, request, "HTTP/2");
    Outgoing outgoing = co_await dispatch(core_.clock(), site_, request);
    exchange.answered(outgoing.status);
    respond(*stream, std::move(outgoing));
    co_await see_off(*stream);
    exchange.sent(stream->sent_bytes());
    if (stream->is_sent) exchange.completed();
  } else {
    respond(*stream, answer_of(head.error(), site_));
    co_await see_off(*stream);
    site_.metrics.count_exchange(RouteClass::kOther, stream->sent_bytes());
  }
  stream->is_serving = false;
  --task_count_;
  free_if_over(*stream);
  changed_.notify_all();
}

// Until the response has left, or the stream is closed.
Task<void> Http2Session::see_off(Stream& stream) {
  if (BodyStream* body = stream.body_stream()) co_await feed_body(stream, *body);
  while (!stream.is_sent && !stream.is_closed) static_cast<void>(co_await stream.changed().wait());
}

void Http2Session::respond(Stream& stream, Outgoing outgoing) {
  if (const size_t unread = stream.input().discard(); unread > 0) {
    nghttp2_session_consume_connection(frames_.get(), unread);
  }
  stream.input().close();
  if (stream.is_closed) return;
  thread_local std::vector<nghttp2_nv> fields;
  stream.respond(std::move(outgoing), date_at(core_.unix_now()), fields);
  prioritise(stream, fields);
  nghttp2_data_provider data = data_of(stream);
  const int submitted = nghttp2_submit_response(frames_.get(), stream.id(), fields.data(),
                                                fields.size(), stream.has_body() ? &data : nullptr);
  if (submitted != 0) reset(stream, NGHTTP2_INTERNAL_ERROR);
  if (stream.has_body() && !stall_.linked()) {
    core_.timers().set(stall_, core_.now() + site_.limits.stall_timeout / Stream::kStallChecks);
  }
  kick();
}

// A route may say itself how urgent its answer is (LH-07).
void Http2Session::prioritise(Stream& stream, std::vector<nghttp2_nv>& fields) {
  stream.content = content_of(stream.field("Content-Type"));
  if (const std::string_view own = stream.field("Priority"); !own.empty()) {
    stream.own = parse_priority(own);
  } else if (stream.content != Content::kOther) {
    stream.add_urgency(settle(stream.content, stream.asked.value_or(Priority())).urgency, fields);
  }
  apply_priority(stream);
}

void Http2Session::apply_priority(Stream& stream) noexcept {
  const Priority asked = stream.asked.value_or(Priority());
  const Priority settled = stream.own ? *stream.own : settle(stream.content, asked);
  if (settled == asked) return;  // What the client asked for is known to nghttp2.
  const nghttp2_extpri priority{.urgency = settled.urgency, .inc = settled.is_incremental};
  nghttp2_session_change_extpri_stream_priority(frames_.get(), stream.id(), &priority,
                                                /*ignore_client_signal=*/0);
}

Task<void> Http2Session::feed_body(Stream& stream, BodyStream& body) {
  if (draining_) stream.gone().request();
  while (!stream.is_closed) {
    auto piece = co_await body.next(stream.gone());
    if (stream.is_closed) break;
    if (!piece) {
      reset(stream, NGHTTP2_INTERNAL_ERROR);
      break;
    }
    if (piece->empty()) {
      stream.cursor().finish();
    } else {
      stream.cursor().feed(std::move(*piece));
    }
    nghttp2_session_resume_data(frames_.get(), stream.id());
    kick();
    if (stream.cursor().is_last()) break;
    while (!stream.is_closed && (stream.cursor().left() > 0 || stream.is_in_batch())) {
      static_cast<void>(co_await stream.changed().wait());
    }
  }
}

ssize_t Http2Session::size_next_data(Stream& stream, size_t size_max, uint32_t& flags) noexcept {
  // nghttp2 would go on to the end of all bodies within one call.
  if (batch_->is_full()) return NGHTTP2_ERR_PAUSE;
  const BodyCursor& cursor = stream.cursor();
  const auto size = static_cast<size_t>(std::min<uint64_t>(cursor.left(), size_max));
  if (size == 0 && !cursor.is_last()) return NGHTTP2_ERR_DEFERRED;
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (size == cursor.left() && cursor.is_last()) flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(size);
}

void Http2Session::add_data(Stream& stream, std::span<const std::byte> frame_header, size_t size) {
  batch_->add_frame(frame_header);
  stream.cursor().take(size, *batch_);
  stream.count_sent(size);
  guard_.sent_data();
  if (!stream.is_in_batch()) in_batch_.push_back(stream.batch_link());
}

void Http2Session::sent(const nghttp2_frame& frame) noexcept {
  if (frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code != NGHTTP2_NO_ERROR) {
    head_.unlink();  // Of a head that is not worth reading to its end.
    site_.metrics.h2.own_resets.add();
    if (!guard_.allow(Flood::kForcedResets, core_.now())) calm(Flood::kForcedResets);
    return;
  }
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  auto* stream =
      static_cast<Stream*>(nghttp2_session_get_stream_user_data(frames_.get(), frame.hd.stream_id));
  if (stream == nullptr || !ends_stream(frame.hd)) return;
  stream->is_sent = true;
  stream->changed().notify_all();
  // RFC 9113, 8.1: "A server MAY request that the client abort transmission of a request without
  // error by sending a RST_STREAM with an error code of NO_ERROR after sending a complete
  // response".
  if (!stream->input().is_finished()) {
    nghttp2_submit_rst_stream(frames_.get(), NGHTTP2_FLAG_NONE, stream->id(), NGHTTP2_NO_ERROR);
  }
}

void Http2Session::reset(Stream& stream, uint32_t error) noexcept {
  nghttp2_submit_rst_stream(frames_.get(), NGHTTP2_FLAG_NONE, stream.id(), error);
  stream.gone().request(core::ErrorCode::kClosed);
  kick();
}

void Http2Session::closed(Stream& stream, uint32_t /*error*/) noexcept {
  stream.is_closed = true;
  nghttp2_session_set_stream_user_data(frames_.get(), stream.id(), nullptr);
  if (const size_t unread = stream.input().discard(); unread > 0) {
    nghttp2_session_consume_connection(frames_.get(), unread);
  }
  stream.gone().request(core::ErrorCode::kClosed);
  stream.changed().notify_all();
  free_if_over(stream);
}

void Http2Session::free_if_over(Stream& stream) noexcept {
  if (!stream.is_closed || stream.is_serving || stream.is_in_batch() || is_ending_) return;
  --stream_count_;
  site_.metrics.h2.streams.add(-1);
  delete &stream;
  if (stream_count_ == 0 && !stop_.requested()) become_idle();
}

void Http2Session::consumed(int32_t stream_id, size_t size) noexcept {
  nghttp2_session_consume(frames_.get(), stream_id, size);
  kick();
}

void Http2Session::widen(int32_t stream_id, size_t size) noexcept {
  nghttp2_session_set_local_window_size(frames_.get(), NGHTTP2_FLAG_NONE, stream_id,
                                        static_cast<int32_t>(size));
  kick();
}

void Http2Session::invite_body(int32_t stream_id) noexcept {
  nghttp2_nv status{};
  std::array<uint8_t, 7> name{':', 's', 't', 'a', 't', 'u', 's'};
  std::array<uint8_t, 3> value{'1', '0', '0'};
  status.name = name.data();
  status.namelen = name.size();
  status.value = value.data();
  status.valuelen = value.size();
  nghttp2_submit_headers(frames_.get(), NGHTTP2_FLAG_NONE, stream_id, nullptr, &status, 1, nullptr);
  kick();
}

}  // namespace millrace::http::h2
