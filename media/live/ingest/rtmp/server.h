// The RTMP server of one core.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/core.h"
#include "core/event.h"
#include "core/intrusive_list.h"
#include "core/io/listener.h"
#include "core/listen_address.h"
#include "core/result.h"
#include "core/task.h"
#include "media/live/ingest/rtmp/connection.h"
#include "media/live/ingest/rtmp/site.h"

namespace millrace::media::rtmp {

/// Accepts encoders and runs them on its core. Each core's server listens on a socket of its own
/// (SO_REUSEPORT): on port 0 the first takes a free one and the others are given its number. Over a
/// limit a connection is closed without a word, since RTMP has none before its handshake. Lives
/// until `stop` is done.
class RtmpServer {
 public:
  /// Binds and starts to accept, on the calling core. Errors: kInvalid (address), kOs.
  static core::Result<std::unique_ptr<RtmpServer>> start(core::Core& core, RtmpSite site,
                                                         const core::ListenAddress& listen_on);
  RtmpServer(const RtmpServer&) = delete;
  RtmpServer& operator=(const RtmpServer&) = delete;
  ~RtmpServer();

  /// The port in use.
  uint16_t port() const noexcept { return port_; }
  size_t connection_count() const noexcept { return connection_count_; }

  /// Accepts nothing more and ends all connections: to their feeds they are lost, so that streams
  /// wait for the server to come back. Done when the last one is closed. Once.
  core::Task<void> stop();

 private:
  RtmpServer(core::Core& core, RtmpSite site, core::UniqueFd socket, uint16_t port) noexcept;

  void accept(core::UniqueFd socket) noexcept;
  void closed(RtmpConnection& connection) noexcept;

  core::Core& core_;
  RtmpSite site_;
  core::io::Listener listener_;
  uint16_t port_;
  core::IntrusiveList<RtmpConnection> connections_;
  size_t connection_count_ = 0;
  std::unordered_map<std::string, size_t> count_by_address_;
  core::Event changed_;
};

}  // namespace millrace::media::rtmp
