#include "media/live/events/stream_event.h"

#include "core/json_writer.h"
#include "core/rfc3339.h"

namespace millrace::media::live {
namespace {

std::string_view type_of(StreamEvent::Kind kind) {
  switch (kind) {
    case StreamEvent::Kind::kPublished:
      return "stream.published";
    case StreamEvent::Kind::kUnpublished:
      return "stream.unpublished";
    case StreamEvent::Kind::kRecordingReady:
      return "recording.ready";
  }
  return "";
}

}  // namespace

std::string event_json(const StreamEvent& event, std::string_view id) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object()
      .member("id", id)
      .member("type", type_of(event.kind))
      .member("stream", event.stream)
      .member("time", core::format_rfc3339(event.time));
  if (!event.video_id.empty()) json.member("videoId", event.video_id);
  json.end_object();
  return text;
}

}  // namespace millrace::media::live
