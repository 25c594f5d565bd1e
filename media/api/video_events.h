// A video's progress as server-sent events.
#pragma once

#include <optional>
#include <string>

#include "http/body.h"
#include "media/library/shelf.h"

namespace millrace::media::api {

/// `event: state` first and at every change of state or of what can be watched, `event: progress`
/// in between; the data of both is the video's JSON. Ends after ready or failed, or when the video
/// is removed. A comment every 15 s keeps proxies from closing a quiet stream.
class VideoEvents final : public http::BodyStream {
 public:
  VideoEvents(library::Shelf& shelf, std::string id)
      : shelf_(shelf), id_(std::move(id)), watch_(shelf, id_) {}

  core::Task<core::Result<std::string>> next(core::Cancellation& cancellation) override;

 private:
  /// The event that says what is new, "" when nothing is.
  std::string news();

  library::Shelf& shelf_;
  std::string id_;
  library::Shelf::Watch watch_;
  std::string last_state_;
  std::string last_json_;
  bool ended_ = false;
};

}  // namespace millrace::media::api
