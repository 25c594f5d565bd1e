#include "media/live/events/webhooks.h"

#include <utility>

#include "core/io/sleep.h"
#include "core/log.h"
#include "core/random_id.h"

namespace millrace::media::live {

using core::log::Level;

WebhookMetrics::WebhookMetrics(core::Metrics& registry)
    : delivered(registry.counter({.name = "millrace_webhooks_delivered_total",
                                  .help = "Events that their receiver has taken."})),
      retried(registry.counter({.name = "millrace_webhooks_retried_total",
                                .help = "Attempts to deliver an event that failed."})),
      given_up(registry.counter({.name = "millrace_webhooks_given_up_total",
                                 .help = "Events that their receiver never took."})) {}

Webhooks::Webhooks(core::Core& core, core::ControlThread& poster, const WebhookMetrics& metrics,
                   Options options)
    : core_(core), poster_(poster), metrics_(metrics), options_(std::move(options)) {}

void Webhooks::report(StreamEvent event) {
  if (options_.url.empty() || stopping_.requested()) return;
  if (waiting_.inside() >= options_.waiting_max) {
    metrics_.given_up.add();
    core::log::event(Level::kWarning, "webhook.dropped", {{"stream", event.stream}});
    return;
  }
  const std::string id = core::random_id();
  core_.spawn(deliver({.url = options_.url,
                       .secret = options_.secret,
                       .event_id = id,
                       .body = event_json(event, id)},
                      waiting_.enter()));
}

core::Task<void> Webhooks::deliver(WebPost post, core::Gate::Pass) {
  auto pause = options_.first_pause;
  for (uint32_t attempt = 1;; ++attempt, pause *= 2) {
    const auto now = core_.clock().unix_now();
    const core::Result<> sent = co_await poster_.run([&post, now] { return send(post, now); });
    if (sent) {
      metrics_.delivered.add();
      co_return;
    }
    const bool is_last = attempt == options_.attempts_max || stopping_.requested();
    core::log::event(Level::kWarning, is_last ? "webhook.given_up" : "webhook.failed",
                     {{"event", post.event_id}, {"attempt", attempt}, {"error", sent.error()}});
    if (is_last || !co_await core::io::Sleep(core_, pause, &stopping_)) {
      metrics_.given_up.add();
      co_return;
    }
    metrics_.retried.add();
  }
}

core::Task<void> Webhooks::stop() {
  stopping_.request();
  co_await waiting_.empty();
}

}  // namespace millrace::media::live
