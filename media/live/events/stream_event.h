// What happens to live streams that other programs want to know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace millrace::media::live {

struct StreamEvent {
  enum class Kind : uint8_t {
    kPublished,       ///< A stream can be watched.
    kUnpublished,     ///< It has ended.
    kRecordingReady,  ///< It is in the catalogue.
  };
  Kind kind = Kind::kPublished;
  std::string stream;
  core::UnixTime time;
  std::string video_id;  ///< Of a recording; else empty.
};

/// `{"id":"…","type":"stream.published","stream":"stage","time":"2026-…Z"}`
std::string event_json(const StreamEvent& event, std::string_view id);

/// Takes events on its core; never waits.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void report(StreamEvent event) = 0;
};

}  // namespace millrace::media::live
