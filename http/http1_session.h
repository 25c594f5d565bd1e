// HTTP/1.1 on a connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/task.h"
#include "http/http1_body.h"
#include "http/http1_head.h"
#include "http/http1_input.h"
#include "http/http1_response.h"
#include "http/outgoing.h"
#include "http/peer_address.h"
#include "http/session.h"
#include "http/site.h"
#include "http/transport.h"

namespace millrace::http {

/// Reads a head, lets the route answer, sends, and goes on with the next request as long as bytes
/// are there. Requests that come early wait in the kernel. A response that fails between its head
/// and its end closes the connection, so that it never looks whole.
class Http1Session final : public Session {
 public:
  /// `first` are bytes that were read already, or none. All that is borrowed outlives this; `abort`
  /// ends everything.
  Http1Session(core::Core& core, Transport& transport, const PeerAddress& peer,
               const Site& site, core::Cancellation& abort, core::RecvChunk first) noexcept;

  core::Task<SessionEnd> run() override;
  void drain() noexcept override;
  void release() noexcept override;

 private:
  enum class Next : uint8_t { kRequest, kClose, kLinger };

  core::Task<Next> serve_one();
  core::Task<std::expected<Http1Head, Refusal>> read_head();
  core::Task<Next> answer(Http1Head head);
  core::Task<Next> refuse(Refusal refusal);
  /// `after`: what follows it.
  core::Task<core::Result<>> send(const Outgoing& outgoing, const Http1Terms& terms, Next after,
                                  core::Cancellation& cancellation);
  core::Task<core::Result<>> send_prepared(const Outgoing& outgoing, const Http1Terms& terms,
                                           Next after);
  core::Task<core::Result<>> send_made(const Outgoing& outgoing, const Http1Terms& terms,
                                       Next after, core::Cancellation& cancellation);
  core::Task<core::Result<>> send_whole(std::string_view bytes, Next after);
  core::Task<core::Result<>> send_layout(std::string head, const LayoutPart& part);
  core::Task<core::Result<>> send_stream(BodyStream& stream, const Http1Terms& terms,
                                         core::Cancellation& cancellation);
  core::Snapshot<std::string> prepared(const Outgoing& outgoing, const Http1Terms& terms);
  std::string head_of(const Outgoing& outgoing, const Http1Terms& terms);

  core::Core& core_;
  Transport& transport_;
  const PeerAddress& peer_;
  const Site& site_;
  core::Cancellation& abort_;
  Http1Input input_;
  bool is_streaming_ = false;
  bool draining_ = false;
  core::Cancellation* current_ = nullptr;  // of the request that is being answered
};

}  // namespace millrace::http
