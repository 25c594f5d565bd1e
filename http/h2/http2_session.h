// HTTP/2 on a connection (RFC 9113), over TLS or in the clear with prior knowledge.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/event.h"
#include "core/intrusive_list.h"
#include "core/recv_buffers.h"
#include "core/task.h"
#include "core/timers.h"
#include "http/h2/batch.h"
#include "http/h2/flood_guard.h"
#include "http/h2/nghttp2.h"
#include "http/h2/stream.h"
#include "http/peer_address.h"
#include "http/session.h"
#include "http/site.h"
#include "http/transport.h"

namespace millrace::http::h2 {

/// Serves requests side by side: what concerns one of them ends that one only. Frames are made when
/// the transport takes them and not earlier, the most urgent first, so that a playlist overtakes
/// the segments that are under way. Lasts as long as its connection.
class Http2Session final : public Session, private Windows {
 public:
  /// `first` are the bytes that were read to tell the version. All that is borrowed outlives this;
  /// `abort` ends everything.
  Http2Session(core::Core& core, Transport& transport, const PeerAddress& peer,
               const Site& site, core::Cancellation& abort, core::RecvChunk first) noexcept;
  ~Http2Session();

  core::Task<SessionEnd> run() override;
  void drain() noexcept override;
  void release() noexcept override;

 private:
  friend struct FrameCallbacks;
  using OnTime = void (Http2Session::*)() noexcept;
  class Alarm final : public core::Timer {
   public:
    Alarm(Http2Session& owner, OnTime on_time) noexcept;
    Http2Session& owner;
    OnTime on_time;
  };

  // What the peer sent.
  void count_frame(const nghttp2_frame_hd& header) noexcept;
  void calm(Flood kind) noexcept;
  void begin_request(int32_t id);
  int add_field(Stream& stream, std::string_view name, std::string_view value);
  void received(const nghttp2_frame& frame);
  void received_data(int32_t id, std::span<const std::byte> data);
  void received_priority(const nghttp2_ext_priority_update& update) noexcept;
  // What leaves.
  ssize_t size_next_data(Stream& stream, size_t size_max, uint32_t& flags) noexcept;
  void add_data(Stream& stream, std::span<const std::byte> frame_header, size_t size);
  void sent(const nghttp2_frame& frame) noexcept;
  void closed(Stream& stream, uint32_t error) noexcept;

  core::Task<void> serve(Stream* stream);
  core::Task<void> feed_body(Stream& stream, BodyStream& body);
  core::Task<void> see_off(Stream& stream);
  void respond(Stream& stream, Outgoing outgoing);
  void prioritise(Stream& stream, std::vector<nghttp2_nv>& fields);
  void apply_priority(Stream& stream) noexcept;
  void reset(Stream& stream, uint32_t error) noexcept;
  void free_if_over(Stream& stream) noexcept;

  void feed(std::span<const std::byte> bytes);
  core::Task<void> finish();
  void kick();
  core::Task<void> write();
  core::Task<core::Result<core::PooledBuffer>> take_slab();
  bool fill(Batch& batch);
  void leave_batch() noexcept;
  bool goes_on() const noexcept;
  void say_goodbye() noexcept;
  void become_idle() noexcept;
  void give_up_idle() noexcept;
  void give_up_head() noexcept;
  void check_progress() noexcept;

  void consumed(int32_t stream_id, size_t size) noexcept override;
  void widen(int32_t stream_id, size_t size) noexcept override;
  void invite_body(int32_t stream_id) noexcept override;

  core::Core& core_;
  Transport& transport_;
  const PeerAddress& peer_;
  const Site& site_;
  core::Cancellation stop_;  // Ends the reading.
  core::CancelLink abort_link_;
  core::RecvChunk first_;
  Frames frames_;
  core::IntrusiveList<Stream> streams_;
  size_t stream_count_ = 0;
  core::IntrusiveList<Stream::BatchLink> in_batch_;
  Batch* batch_ = nullptr;  // In the frame of `write`.
  core::Event changed_;     // A task of this ended.
  size_t task_count_ = 0;
  FloodGuard guard_;
  Alarm idle_;
  Alarm head_;
  Alarm stall_;
  Alarm goodbye_;
  bool is_writing_ = false;
  bool is_broken_ = false;  // The transport takes nothing more.
  bool is_ending_ = false;  // nghttp2 may still refer to streams, which stay.
  bool is_calmed_ = false;
  bool draining_ = false;
};

}  // namespace millrace::http::h2
