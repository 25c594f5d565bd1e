// One encoder, from accept to close.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/intrusive_list.h"
#include "core/io/recv_stream.h"
#include "core/result.h"
#include "core/task.h"
#include "core/unique_fd.h"
#include "http/peer_address.h"
#include "media/live/ingest/publisher.h"
#include "media/live/ingest/rtmp/session.h"
#include "media/live/ingest/rtmp/site.h"

namespace millrace::media::rtmp {

/// Carries bytes between a socket, a session and the feed of its publisher. A feed that takes
/// nothing makes it read nothing, and TCP slows the encoder. On its core only.
class RtmpConnection final : public core::ListNode {
 public:
  /// Told once, when the connection is closed; may destroy it.
  using OnClosed = void (*)(void* self, RtmpConnection&) noexcept;

  /// `site` outlives this.
  RtmpConnection(core::Core& core, core::UniqueFd socket, http::PeerAddress peer,
                 const RtmpSite& site, void* self, OnClosed on_closed);
  ~RtmpConnection();

  void start() { core_.spawn(serve()); }
  const http::PeerAddress& peer() const noexcept { return peer_; }
  /// Ends every wait. To the feed it is a connection that was lost.
  void abort() noexcept { abort_.request(); }

 private:
  core::Task<void> serve();
  core::Task<core::Result<>> converse();
  core::Task<core::Result<core::RecvChunk>> recv();
  core::Task<core::Result<>> take(core::RecvChunk chunk);
  core::Task<core::Result<>> pass_on();
  core::Task<core::Result<>> obey(SessionEvent event);
  core::Task<core::Result<>> admit();
  core::Task<core::Result<>> unpublish();
  core::Task<core::Result<>> flush_replies();
  core::Task<void> linger();
  void lose_feed() noexcept;
  void count_end(const core::Error& why) const noexcept;

  core::Core& core_;
  core::UniqueFd socket_;
  http::PeerAddress peer_;
  const RtmpSite& site_;
  core::Cancellation abort_;
  core::io::RecvStream stream_;
  RtmpSession session_;
  std::unique_ptr<live::IngestFeed> feed_;
  core::MonotonicTime alive_until_;  // Unless it publishes, or goes on publishing, before.
  uint64_t published_bytes_ = 0;
  bool is_deaf_ = false;  // The peer takes no answers any more.
  bool refused_ = false;  // The peer should read why, before the socket closes.
  void* self_;
  OnClosed on_closed_;
};

}  // namespace millrace::media::rtmp
