#include "media/api/live_list_routes.h"

#include <fmt/format.h>

#include "core/cores.h"
#include "core/json_writer.h"
#include "core/rfc3339.h"
#include "http/response.h"

namespace millrace::media::api {
namespace {

using core::Result;
using core::Task;
using live::LiveShelf;
using live::RenditionState;
using live::StreamState;

struct Row {
  core::Snapshot<StreamState> state;
  size_t waiting = 0;
};

std::string_view name_of(StreamState::Phase phase) noexcept {
  switch (phase) {
    case StreamState::Phase::kStarting:
      return "starting";
    case StreamState::Phase::kLive:
      return "live";
    case StreamState::Phase::kEnded:
    case StreamState::Phase::kRemoved:
      return "ended";
  }
  return "ended";
}

std::optional<uint64_t> newest_msn(const StreamState& state) noexcept {
  std::optional<uint64_t> newest;
  for (const auto& rendition : state.renditions) {
    const live::WindowState& window = *rendition->window;
    if (!window.segments.empty()) newest = std::max(newest.value_or(0), window.next_msn - 1);
  }
  return newest;
}

void write_rendition(core::JsonWriter& json, const RenditionState& rendition) {
  json.begin_object()
      .member("quality", rendition.quality)
      .member("kind", rendition.is_video ? "video" : "audio")
      .member("averageBitrateBps", rendition.average_bps)
      .end_object();
}

void write_row(core::JsonWriter& json, const Row& row) {
  const StreamState& state = *row.state;
  json.begin_object()
      .member("name", state.name)
      .member("state", name_of(state.phase))
      .member("since", core::format_rfc3339(state.since))
      .member("manifestUrl", fmt::format("/api/VideoStream/live/{}.m3u8", state.name))
      .member("newestSeq", newest_msn(state))
      .member("viewersWaiting", row.waiting)
      .key("renditions")
      .begin_array();
  for (const auto& rendition : state.renditions) write_rendition(json, *rendition);
  json.end_array().end_object();
}

// On the core of `shelf`, while the caller waits.
void count_waiting(const LiveShelf& shelf, std::vector<Row>& rows) {
  for (Row& row : rows) {
    const auto stream = shelf.find(row.state->name);
    if (stream != nullptr) row.waiting += stream->waiter_count();
  }
}

}  // namespace

Task<http::RouteResult> LiveListRoutes::get_live_streams(http::Request& /*request*/) {
  std::vector<Row> rows;
  for (core::Snapshot<StreamState>& state : here_.list())
    rows.push_back({.state = std::move(state)});
  for (const live::StatePoster::Place& place : places_) {
    // A core that is too busy to be asked has no time to tell who waits there either.
    static_cast<void>(co_await core::run_on(*place.core, [&]() -> Result<> {
      count_waiting(*place.shelf, rows);
      return {};
    }));
  }
  std::string text;
  core::JsonWriter json(text);
  json.begin_object().key("streams").begin_array();
  for (const Row& row : rows) write_row(json, row);
  json.end_array().end_object();
  co_return http::Response::ok("application/json", std::move(text))
      .with_cache_control("no-cache")
      .with_content_etag();
}

}  // namespace millrace::media::api
