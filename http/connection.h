// One client, from accept to close.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/intrusive_list.h"
#include "core/task.h"
#include "core/unique_fd.h"
#include "http/dispatch.h"
#include "http/http1_body.h"
#include "http/http1_head.h"
#include "http/http1_input.h"
#include "http/http1_response.h"
#include "http/site.h"
#include "http/transport.h"

namespace millrace::http {

/// Speaks HTTP/1.1: reads a head, lets the route answer, sends, and goes on with the next request
/// while both sides wish to. Requests that come early wait in the kernel. A response that fails
/// between its head and its end closes the connection, so that it never looks whole. On its core
/// only; everything but `run` may be called while it runs.
class Connection final : public core::ListNode {
 public:
  /// `site` outlives this. `peer_address` is numeric.
  Connection(core::Core& core, core::UniqueFd socket, std::string peer_address, const Site& site);

  /// Until the connection is closed. Awaited once.
  core::Task<void> run();

  /// Ends it as soon as nothing is under way: at once when idle, else after the current response.
  /// An endless body (events) ends now.
  void drain() noexcept;
  /// Ends what waits for something to happen: routes that are blocked learn of it.
  void release() noexcept;
  /// Ends everything now.
  void abort() noexcept { abort_.request(); }

 private:
  enum class Next : uint8_t { kRequest, kClose, kLinger };
  enum class Phase : uint8_t { kIdle, kRequest, kStream };

  core::Task<bool> wait_for_request();
  // Not inlined: the compiler would put its frame into that of `run`, and every idle connection
  // would hold 2.5 KB for a request that it does not have.
  [[gnu::noinline]] core::Task<Next> serve_one();
  core::Task<std::expected<Http1Head, Refusal>> read_head();
  core::Task<Next> answer(Http1Head head);
  core::Task<Next> refuse(Refusal refusal);
  core::Task<core::Result<>> send(const Outgoing& outgoing, const Http1Terms& terms,
                                  core::Cancellation& cancellation);
  core::Task<core::Result<>> send_stream(BodyStream& stream, const Http1Terms& terms,
                                         core::Cancellation& cancellation);
  std::string head_of(const Outgoing& outgoing, const Http1Terms& terms);

  core::Core& core_;
  const Site& site_;
  std::string peer_address_;
  core::Cancellation abort_;
  Transport transport_;
  Http1Input input_;
  Phase phase_ = Phase::kIdle;
  bool draining_ = false;
  core::Cancellation* current_ = nullptr;  // of what is under way: the idle wait, or the request
};

}  // namespace millrace::http
