// A desk that decides by chance, and feeds that take what they like.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/event.h"
#include "media/flv/flv_reader.h"
#include "media/live/ingest/publisher.h"
#include "tests/sim/random.h"

namespace millrace::sim {

class RtmpDesk final : public media::live::PublishDesk {
 public:
  explicit RtmpDesk(Random& random) noexcept : random_(random) {}

  core::Task<core::Result<std::unique_ptr<media::live::IngestFeed>>> admit(
      media::live::PublishRequest request, core::Cancellation& stop) override;

  /// Lets those go on who wait, for now.
  void move() noexcept { moved_.notify_all(); }
  /// From now on everybody is let in, at once, and everything is taken.
  void be_kind() noexcept {
    is_kind_ = true;
    move();
  }
  size_t admitted() const noexcept { return admitted_; }
  size_t open_feeds() const noexcept { return open_feeds_; }
  /// What a feed was given that it must not be given.
  const std::string& complaint() const noexcept { return complaint_; }
  /// The bodies of all tags of the last publication, one after the other.
  const std::string& last_media() const noexcept { return last_media_; }
  bool last_has_finished() const noexcept { return last_has_finished_; }

 private:
  class Feed;
  core::Task<core::Result<>> think(core::Cancellation& stop);

  Random& random_;
  core::Event moved_;
  bool is_kind_ = false;
  size_t admitted_ = 0;
  size_t open_feeds_ = 0;
  std::string complaint_;
  std::string last_media_;
  bool last_has_finished_ = false;
};

}  // namespace millrace::sim
