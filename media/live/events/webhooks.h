// Tells another server what happens to live streams.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/cancellation.h"
#include "core/control.h"
#include "core/core.h"
#include "core/gate.h"
#include "core/metrics.h"
#include "media/live/events/stream_event.h"
#include "media/live/events/web_post.h"

namespace millrace::media::live {

struct WebhookMetrics {
  explicit WebhookMetrics(core::Metrics& registry);
  core::Counter delivered;
  core::Counter retried;
  core::Counter given_up;  ///< After the last attempt, or because too many waited.
};

/// One per core. Each event is sent until the receiver takes it, with growing pauses and always
/// under the same id, by which the receiver knows it again. A receiver that is slow or gone costs
/// memory for `waiting_max` events and nothing else.
class Webhooks final : public EventSink {
 public:
  struct Options {
    std::string url;  ///< Empty: nobody is told.
    std::string secret;
    std::chrono::milliseconds first_pause = std::chrono::seconds(1);
    uint32_t attempts_max = 10;  ///< With doubled pauses: 17 minutes.
    uint32_t waiting_max = 256;
  };
  /// All borrowed; `poster` may block for the whole timeout of a post.
  Webhooks(core::Core& core, core::ControlThread& poster, const WebhookMetrics& metrics,
           Options options);

  void report(StreamEvent event) override;
  /// Gives up what waits; a post that is under way ends first.
  core::Task<void> stop();

 private:
  core::Task<void> deliver(WebPost post, core::Gate::Pass);

  core::Core& core_;
  core::ControlThread& poster_;
  const WebhookMetrics& metrics_;
  const Options options_;
  core::Cancellation stopping_;
  core::Gate waiting_;
};

}  // namespace millrace::media::live
