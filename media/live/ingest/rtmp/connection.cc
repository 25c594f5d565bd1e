#include "media/live/ingest/rtmp/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "core/assert.h"
#include "core/io/send.h"
#include "core/log.h"
#include "http/deadline.h"

namespace millrace::media::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;
using core::log::Level;

// What a refused client may still have under way: a socket buffer of pictures.
constexpr size_t kLingerBytes = size_t{4} << 20;
// Half a second of 1 Mbit/s: more at once would be late.
constexpr size_t kBatchBytes = 64 * 1024;
// A batch, and a picture of 4 Mbit/s that came at its end.
constexpr size_t kKeptMediaBytes = 2 * kBatchBytes;

}  // namespace

RtmpConnection::RtmpConnection(core::Core& core, core::UniqueFd socket, http::PeerAddress peer,
                               const RtmpSite& site, void* self, OnClosed on_closed)
    : core_(core),
      socket_(std::move(socket)),
      peer_(peer),
      site_(site),
      stream_(core, socket_.get()),
      session_(site.app, site.limits),
      alive_until_(core.now() + site.limits.publish_timeout),
      self_(self),
      on_closed_(on_closed) {}

RtmpConnection::~RtmpConnection() { MR_ASSERT(feed_ == nullptr); }

Task<void> RtmpConnection::serve() {
  const Result<> done = co_await converse();
  if (!done) count_end(done.error());
  lose_feed();
  if (refused_) co_await linger();
  co_await stream_.stop();
  on_closed_(self_, *this);
}

// Until the peer or one of us has had enough.
Task<Result<>> RtmpConnection::converse() {
  while (true) {
    auto chunk = co_await recv();
    if (!chunk) co_return std::unexpected(chunk.error());
    if (chunk->empty()) co_return fail(ErrorCode::kClosed, "rtmp: closed by its peer");
    Result<> taken = co_await take(std::move(*chunk));
    // One write for all that is here, within reason.
    while (taken && session_.media().size() < kBatchBytes) {
      auto more = stream_.try_next();
      if (!more || more->empty()) break;
      taken = co_await take(std::move(*more));
    }
    if (taken) taken = co_await pass_on();
    if (!taken) co_return taken;
  }
}

Task<Result<core::RecvChunk>> RtmpConnection::recv() {
  core::Cancellation late;
  core::CancelLink link(abort_, late);
  http::Deadline deadline(core_, late, alive_until_ - core_.now());
  co_return co_await stream_.next(&late);
}

// Everything in `chunk`; what the session makes of the end of it may wait for `pass_on`.
Task<Result<>> RtmpConnection::take(core::RecvChunk chunk) {
  site_.metrics.received_bytes.add(chunk.bytes().size());
  auto input = chunk.bytes();
  while (true) {
    const auto event = session_.receive(input);
    if (!event) {
      static_cast<void>(co_await flush_replies());
      co_return std::unexpected(event.error());
    }
    if (*event == SessionEvent::kNone) co_return Result<>();
    // The receive buffers of a core are few, and a desk may think for long.
    const size_t left = input.size();
    chunk.move_to_heap();
    input = chunk.bytes().last(left);
    Result<> done = co_await pass_on();
    if (done) done = co_await obey(*event);
    if (!done) co_return done;
  }
}

Task<Result<>> RtmpConnection::pass_on() {
  if (const Result<> sent = co_await flush_replies(); !sent) co_return sent;
  std::vector<std::byte>& media = session_.media();
  if (media.empty()) co_return Result<>();
  if (feed_ == nullptr) {
    media.clear();
    co_return Result<>();
  }
  published_bytes_ += media.size();
  const Result<> written = co_await feed_->write(media, abort_);
  media.clear();
  if (media.capacity() > kKeptMediaBytes) media = std::vector<std::byte>();
  // Not before it was taken: a worker that is behind is not the encoder's fault. Only media counts,
  // so that nobody holds a stream with pings.
  alive_until_ = core_.now() + site_.limits.idle_timeout;
  if (!written && written.error().code == ErrorCode::kClosed) {
    session_.end_publish();
    refused_ = true;
    static_cast<void>(co_await flush_replies());
    co_return fail(ErrorCode::kConflict, "rtmp: taken over, or ended");
  }
  co_return written;
}

Task<Result<>> RtmpConnection::obey(SessionEvent event) {
  if (event == SessionEvent::kPublish) co_return co_await admit();
  if (event == SessionEvent::kUnpublish) co_return co_await unpublish();
  refused_ = true;
  co_return fail(ErrorCode::kInvalid, "rtmp: refused");
}

Task<Result<>> RtmpConnection::admit() {
  auto feed = co_await site_.desk.admit({.key = session_.key(),
                                         .container = live::IngestContainer::kFlv,
                                         .protocol = "rtmp",
                                         .peer = peer_.text()},
                                        abort_);
  if (!feed && abort_.requested()) co_return abort_.error();
  if (!feed) {
    session_.refuse_publish(feed.error().code);
    refused_ = true;
    static_cast<void>(co_await flush_replies());
    co_return std::unexpected(feed.error());
  }
  feed_ = std::move(*feed);
  published_bytes_ = 0;
  site_.metrics.publishers.add(1);
  core::log::event(Level::kInfo, "rtmp.published", {{"peer", peer_.text()}});
  alive_until_ = core_.now() + site_.limits.idle_timeout;
  session_.accept_publish();
  co_return co_await flush_replies();
}

Task<Result<>> RtmpConnection::unpublish() {
  core::log::event(Level::kInfo, "rtmp.unpublished",
                   {{"peer", peer_.text()}, {"bytes", published_bytes_}});
  const std::unique_ptr<live::IngestFeed> feed = std::move(feed_);
  site_.metrics.publishers.add(-1);
  alive_until_ = core_.now() + site_.limits.publish_timeout;
  co_await feed->finish();
  co_return Result<>();
}

// A peer that has gone reads no answers, and yet what it sent before may lie here: its last
// pictures and the word that it has finished. So only one who keeps us waiting ends the
// conversation.
Task<Result<>> RtmpConnection::flush_replies() {
  std::vector<std::byte>& replies = session_.replies();
  if (is_deaf_) replies.clear();
  if (replies.empty()) co_return Result<>();
  core::Cancellation stop;
  core::CancelLink link(abort_, stop);
  http::Deadline deadline(core_, stop, site_.limits.send_timeout);
  const size_t size = replies.size();
  const auto sent = co_await core::io::Send(core_.ring(), socket_.get(), replies, 0, &stop);
  replies.clear();
  if (stop.requested()) co_return stop.error();
  is_deaf_ = !sent || *sent != size;
  co_return Result<>();
}

// Closing over unread bytes resets the connection, and the client would never see why.
Task<void> RtmpConnection::linger() {
  ::shutdown(socket_.get(), SHUT_WR);
  core::Cancellation stop;
  core::CancelLink link(abort_, stop);
  http::Deadline deadline(core_, stop, site_.limits.linger_timeout);
  for (size_t taken = 0; taken < kLingerBytes;) {
    const auto chunk = co_await stream_.next(&stop);
    if (!chunk || chunk->empty()) co_return;
    taken += chunk->bytes().size();
  }
}

void RtmpConnection::lose_feed() noexcept {
  if (feed_ == nullptr) return;
  site_.metrics.publishers.add(-1);
  feed_.reset();
}

void RtmpConnection::count_end(const core::Error& why) const noexcept {
  const bool is_broken = why.code == ErrorCode::kMalformed || why.code == ErrorCode::kTooLarge ||
                         why.code == ErrorCode::kUnsupported;
  if (refused_ && feed_ == nullptr) {
    site_.metrics.refused_publish.add();
    core::log::event(Level::kInfo, "rtmp.refused", {{"peer", peer_.text()}, {"error", why}});
    return;
  }
  if (is_broken) site_.metrics.broken.add();
  if (why.code == ErrorCode::kTimeout) site_.metrics.stalls.add();
  const Level level = feed_ != nullptr ? Level::kInfo : Level::kDebug;
  core::log::event(level, "rtmp.closed",
                   {{"peer", peer_.text()}, {"bytes", published_bytes_}, {"error", why}});
}

}  // namespace millrace::media::rtmp
