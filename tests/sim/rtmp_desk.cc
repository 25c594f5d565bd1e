#include "tests/sim/rtmp_desk.h"

namespace millrace::sim {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

class RtmpDesk::Feed final : public media::live::IngestFeed {
 public:
  explicit Feed(RtmpDesk& desk) noexcept : desk_(desk), number_(++desk.admitted_) {
    ++desk_.open_feeds_;
    desk_.last_media_.clear();
    desk_.last_has_finished_ = false;
  }
  ~Feed() override {
    --desk_.open_feeds_;
    if (is_busy_) desk_.complaint_ = "a feed is destroyed within a call";
  }

  Task<Result<>> write(std::span<const std::byte> bytes, core::Cancellation& stop) override {
    if (is_busy_ || has_finished_ || is_closed_) desk_.complaint_ = "a feed is called too often";
    is_busy_ = true;
    const Result<> thought = co_await desk_.think(stop);
    is_busy_ = false;
    is_closed_ = !desk_.is_kind_ && desk_.random_.chance(20);
    if (!thought) co_return thought;
    if (is_closed_) co_return fail(ErrorCode::kClosed, "taken over");
    take(bytes);
    co_return Result<>();
  }
  Task<void> finish() override {
    if (is_busy_ || has_finished_) desk_.complaint_ = "a feed is finished too often";
    has_finished_ = true;
    if (number_ == desk_.admitted_) desk_.last_has_finished_ = true;
    co_return;
  }

 private:
  void take(std::span<const std::byte> bytes) {
    while (true) {
      const auto tag = reader_.next(bytes);
      if (!tag) desk_.complaint_ = "a feed is given no FLV";
      if (!tag || !tag->has_value()) break;
      const auto body = (*tag)->body;
      if (number_ != desk_.admitted_) continue;
      desk_.last_media_.append(reinterpret_cast<const char*>(body.data()), body.size());
    }
    if (!reader_.at_boundary()) desk_.complaint_ = "a feed is given half a tag";
  }

  RtmpDesk& desk_;
  const size_t number_;
  media::flv::FlvReader reader_;
  bool is_busy_ = false;
  bool has_finished_ = false;
  bool is_closed_ = false;
};

Task<Result<>> RtmpDesk::think(core::Cancellation& stop) {
  while (!is_kind_ && random_.chance(300)) {
    const Result<> woken = co_await moved_.wait(&stop);
    if (!woken) co_return woken;
  }
  co_return Result<>();
}

Task<Result<std::unique_ptr<media::live::IngestFeed>>> RtmpDesk::admit(
    media::live::PublishRequest request, core::Cancellation& stop) {
  static constexpr ErrorCode kRefusals[] = {ErrorCode::kNotFound, ErrorCode::kConflict,
                                            ErrorCode::kOverloaded};
  if (request.key.empty()) complaint_ = "the desk is asked about nothing";
  const Result<> thought = co_await think(stop);
  if (!thought) co_return std::unexpected(thought.error());
  if (!is_kind_ && random_.chance(200)) co_return fail(random_.pick(kRefusals), "refused");
  co_return std::make_unique<Feed>(*this);
}

}  // namespace millrace::sim
