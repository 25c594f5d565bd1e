#include "http/h2/http2_session.h"

#include <array>
#include <chrono>
#include <utility>

#include "core/assert.h"
#include "core/io/sleep.h"
#include "http/h2/frame_callbacks.h"
#include "http/next_turn.h"

namespace millrace::http::h2 {

using core::Result;
using core::Task;

namespace {

// Holds the heads and small bodies of a batch.
constexpr size_t kSlabBytes = 16 * 1024;
// How long the end of a connection waits for the requests that were sent before the peer heard.
constexpr std::chrono::seconds kGoodbyeTime{1};
constexpr std::array<uint8_t, 8> kGoodbyePing{'g', 'o', 'o', 'd', 'b', 'y', 'e', '.'};

}  // namespace

Http2Session::Alarm::Alarm(Http2Session& owner_of, OnTime on_time_of) noexcept
    : Timer([](Timer* timer) noexcept {
        auto* alarm = static_cast<Alarm*>(timer);
        (alarm->owner.*alarm->on_time)();
      }),
      owner(owner_of),
      on_time(on_time_of) {}

Http2Session::Http2Session(core::Core& core, Transport& transport, const PeerAddress& peer,
                           const Site& site, core::Cancellation& abort,
                           core::RecvChunk first) noexcept
    : core_(core),
      transport_(transport),
      peer_(peer),
      site_(site),
      abort_link_(abort, stop_),
      first_(std::move(first)),
      frames_(make_frames(*this, site.limits)),
      guard_(core.now()),
      idle_(*this, &Http2Session::give_up_idle),
      head_(*this, &Http2Session::give_up_head),
      stall_(*this, &Http2Session::check_progress),
      goodbye_(*this, &Http2Session::say_goodbye) {
  site_.metrics.h2.connections.add(1);
}

Http2Session::~Http2Session() {
  MR_ASSERT(task_count_ == 0 && streams_.empty());
  site_.metrics.h2.connections.add(-1);
}

Task<SessionEnd> Http2Session::run() {
  if (frames_ == nullptr) co_return SessionEnd::kClose;
  become_idle();
  feed(first_.bytes());
  first_.release();
  SessionEnd end = SessionEnd::kLinger;
  while (goes_on()) {
    if (const auto ready = transport_.try_recv()) {
      feed(ready->bytes());
      continue;
    }
    const auto chunk = co_await transport_.recv(stop_);
    if (chunk && !chunk->empty()) {
      feed(chunk->bytes());
    } else if (!stop_.requested()) {
      end = SessionEnd::kClose;
      is_broken_ = true;
      break;
    }
  }
  co_await finish();
  co_return is_broken_ ? SessionEnd::kClose : end;
}

// Whether anything may still come that matters.
bool Http2Session::goes_on() const noexcept {
  return !stop_.requested() && nghttp2_session_want_read(frames_.get()) != 0;
}

void Http2Session::feed(std::span<const std::byte> bytes) {
  const ssize_t taken = nghttp2_session_mem_recv(
      frames_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (taken == NGHTTP2_ERR_FLOODED) calm(Flood::kQueue);
  if (taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) calm(Flood::kContinuations);
  if (taken < 0) {
    nghttp2_session_terminate_session(frames_.get(), NGHTTP2_PROTOCOL_ERROR);
    stop_.request(core::ErrorCode::kMalformed);
  }
  kick();
}

// Ends what is under way, sends what is to be said, and waits for all tasks.
Task<void> Http2Session::finish() {
  is_ending_ = true;
  for (Alarm* alarm : {&idle_, &head_, &stall_, &goodbye_}) alarm->unlink();
  streams_.for_each([&](Stream& stream) {
    stream.is_closed = true;
    static_cast<void>(stream.input().discard());
    stream.gone().request(core::ErrorCode::kClosed);
    stream.changed().notify_all();
  });
  if (is_broken_) transport_.reset();
  kick();
  while (task_count_ > 0) static_cast<void>(co_await changed_.wait());
  while (Stream* stream = streams_.pop_front()) {
    --stream_count_;
    site_.metrics.h2.streams.add(-1);
    delete stream;
  }
}

void Http2Session::kick() {
  if (is_writing_ || is_broken_ || nghttp2_session_want_write(frames_.get()) == 0) return;
  is_writing_ = true;
  ++task_count_;
  core_.spawn(write());
}

Task<void> Http2Session::write() {
  if (auto slab = co_await take_slab()) {
    transport_.allowance().renew();
    Batch batch(std::move(*slab));
    batch_ = &batch;
    while (!is_broken_ && fill(batch)) {
      const Result<> sent = co_await transport_.send_pieces(batch.pieces());
      is_broken_ = is_broken_ || !sent;
      leave_batch();
      batch.clear();
      co_await NextTurn(core_);  // Something more urgent may be ready.
    }
    batch_ = nullptr;
  } else {
    is_broken_ = true;
  }
  is_writing_ = false;
  --task_count_;
  if (is_broken_ || !goes_on()) stop_.request(core::ErrorCode::kClosed);
  changed_.notify_all();
}

// While its pieces are sent TLS takes slabs of its own: a quarter of the budget is for those.
Task<Result<core::PooledBuffer>> Http2Session::take_slab() {
  core::BufferPool& pool = core_.buffers();
  const core::MonotonicTime deadline = core_.now() + site_.limits.stall_timeout;
  for (;;) {
    auto slab = pool.take(kSlabBytes, pool.budget() / 4);
    if (slab || core_.now() >= deadline) co_return slab;
    const Result<> slept = co_await core::io::Sleep(core_, core::Timers::kTick, &stop_);
    if (!slept) co_return std::unexpected(slept.error());
  }
}

// False: there is nothing that may be sent.
bool Http2Session::fill(Batch& batch) {
  while (!batch.is_full()) {
    const uint8_t* frame = nullptr;
    const ssize_t size = nghttp2_session_mem_send(frames_.get(), &frame);
    if (size < 0) is_broken_ = true;
    if (size <= 0) break;
    batch.add_frame(std::as_bytes(std::span(frame, static_cast<size_t>(size))));
  }
  return !batch.empty() && !is_broken_;
}

void Http2Session::leave_batch() noexcept {
  while (Stream::BatchLink* link = in_batch_.pop_front()) {
    link->stream.changed().notify_all();
    free_if_over(link->stream);
  }
}

void Http2Session::become_idle() noexcept {
  core_.timers().set(idle_, core_.now() + site_.limits.idle_timeout);
}

void Http2Session::give_up_idle() noexcept {
  nghttp2_session_terminate_session(frames_.get(), NGHTTP2_NO_ERROR);
  kick();
}

void Http2Session::give_up_head() noexcept {
  nghttp2_session_terminate_session(frames_.get(), NGHTTP2_PROTOCOL_ERROR);
  kick();
}

void Http2Session::drain() noexcept {
  if (frames_ == nullptr || std::exchange(draining_, true)) return;
  streams_.for_each([](Stream& stream) {
    if (stream.body_stream() != nullptr) stream.gone().request();
  });
  // Requests that are on their way are served, until the peer has heard (RFC 9113, 6.8).
  nghttp2_submit_shutdown_notice(frames_.get());
  nghttp2_submit_ping(frames_.get(), NGHTTP2_FLAG_NONE, kGoodbyePing.data());
  core_.timers().set(goodbye_, core_.now() + kGoodbyeTime);
  kick();
}

void Http2Session::say_goodbye() noexcept {
  goodbye_.unlink();
  nghttp2_submit_goaway(frames_.get(), NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(frames_.get()), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  kick();
}

void Http2Session::release() noexcept {
  drain();
  if (frames_ == nullptr) return;
  say_goodbye();
  streams_.for_each([](Stream& stream) { stream.gone().request(); });
}

void Http2Session::check_progress() noexcept {
  const bool is_closed = nghttp2_session_get_remote_window_size(frames_.get()) <= 0;
  bool is_sending = false;
  streams_.for_each([&](Stream& stream) {
    if (stream.is_closed || stream.cursor().left() == 0) return;
    const bool is_blocked =
        is_closed || nghttp2_session_get_stream_remote_window_size(frames_.get(), stream.id()) <= 0;
    is_sending = true;
    if (stream.makes_progress(is_blocked, site_.limits.taken_bytes_min)) return;
    site_.metrics.h2.window_stalls.add();
    reset(stream, NGHTTP2_CANCEL);
  });
  if (is_sending) {
    core_.timers().set(stall_, core_.now() + site_.limits.stall_timeout / Stream::kStallChecks);
  }
  kick();
}

}  // namespace millrace::http::h2
