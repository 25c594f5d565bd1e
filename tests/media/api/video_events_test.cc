#include "media/api/video_events.h"

#include <gtest/gtest.h>

#include "core/core.h"
#include "media/api/video_json.h"
#include "tests/media/vod/presentations.h"

namespace millrace::media::api {
namespace {

using catalogue::VideoRecord;
using catalogue::VideoState;
using library::Growth;
using library::MakingEnded;
using library::ProgressNews;
using namespace std::chrono_literals;

class VideoEventsTest : public ::testing::Test {
 protected:
  VideoEventsTest() { set(VideoState::kQueued); }
  ~VideoEventsTest() override {
    cancellation_.request();
    settle();
    EXPECT_EQ(core_->tasks(), 0U);
  }

  void set(VideoState state) {
    shelf_.apply(catalogue::VideoChange{
        .revision = ++revision_,
        .id = "v1",
        .video = std::make_shared<const VideoRecord>(VideoRecord{.id = "v1", .state = state})});
  }
  void remove() {
    shelf_.apply(catalogue::VideoChange{.revision = ++revision_, .id = "v1", .video = nullptr});
  }
  void grow(const char* quality) {
    shelf_.apply(Growth{
        .video_id = "v1",
        .rendition = {.rendition = {.quality = quality,
                                    .index = test::video_index(1, 0, track::TrackState::kGrowing)},
                      .file = nullptr}});
  }
  void progress(double fraction) {
    shelf_.apply(ProgressNews{.video_id = "v1", .progress = {.fraction = fraction}});
  }

  void settle() {
    for (int i = 0; i < 10; ++i) core_->turn(core::Core::Idle::kReturn);
  }
  /// Asks for the next event; it may have to be waited for.
  void ask() {
    asked_ = true;
    core_->spawn([](VideoEventsTest& test) -> core::Task<void> {
      test.answer_ = co_await test.events_.next(test.cancellation_);
    }(*this));
    settle();
  }
  /// The event that comes now: its name, and whether its data is the video as it is.
  std::string event() {
    if (!asked_) ask();
    settle();
    if (!answer_) return "nothing";
    asked_ = false;
    if (!*answer_) return "error";
    const std::string text = **std::exchange(answer_, std::nullopt);
    if (text.empty()) return "end";
    if (text.starts_with(':')) return text;
    const auto video = shelf_.find("v1");
    const std::string data = "data: " + video_json(*video, shelf_.making("v1")) + "\n\n";
    for (const char* name : {"state", "progress"}) {
      if (text == fmt::format("event: {}\n{}", name, data)) return name;
    }
    return text;
  }

  core::SimulatedClock clock_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  library::Shelf shelf_;
  uint64_t revision_ = 0;
  core::Cancellation cancellation_;
  VideoEvents events_{shelf_, "v1"};
  bool asked_ = false;
  std::optional<core::Result<std::string>> answer_;
};

TEST_F(VideoEventsTest, BeginsWithTheStateAndThenWaits) {
  EXPECT_EQ(event(), "state");
  EXPECT_EQ(event(), "nothing");
}

TEST_F(VideoEventsTest, FollowsAVideoFromTheQueueToItsEnd) {
  EXPECT_EQ(event(), "state");
  set(VideoState::kProcessing);
  EXPECT_EQ(event(), "state");
  progress(0.1);
  EXPECT_EQ(event(), "state") << "a worker is at it";
  progress(0.2);
  EXPECT_EQ(event(), "progress");
  grow("720p");
  EXPECT_EQ(event(), "state") << "it can be watched";
  progress(0.3);
  EXPECT_EQ(event(), "progress");
  grow("360p");
  EXPECT_EQ(event(), "state") << "another quality can be watched";
  set(VideoState::kReady);
  EXPECT_EQ(event(), "state");
  EXPECT_EQ(event(), "end");
  EXPECT_EQ(event(), "end");
}

TEST_F(VideoEventsTest, SendsTheLatestToAClientThatIsSlow) {
  EXPECT_EQ(event(), "state");
  progress(0.1);
  EXPECT_EQ(event(), "state");
  progress(0.2);
  progress(0.3);
  progress(0.4);
  EXPECT_EQ(event(), "progress") << "one event with what is so now";
  EXPECT_EQ(event(), "nothing");
}

TEST_F(VideoEventsTest, EndsWhenTheVideoHasFailed) {
  EXPECT_EQ(event(), "state");
  set(VideoState::kFailed);
  EXPECT_EQ(event(), "state");
  EXPECT_EQ(event(), "end");
}

TEST_F(VideoEventsTest, EndsWhenTheVideoIsRemovedWhileSomebodyWaits) {
  EXPECT_EQ(event(), "state");
  ask();
  EXPECT_FALSE(answer_);
  remove();
  EXPECT_EQ(event(), "end");
}

TEST_F(VideoEventsTest, SaysThatItIsThereEveryFifteenSeconds) {
  EXPECT_EQ(event(), "state");
  ask();
  clock_.advance(14'900ms);
  EXPECT_EQ(event(), "nothing");
  clock_.advance(200ms);
  settle();
  ASSERT_TRUE(answer_);
  EXPECT_EQ(event(), ": still here\n\n");
  ask();
  clock_.advance(15'100ms);
  settle();
  EXPECT_EQ(event(), ": still here\n\n");
  progress(0.5);
  EXPECT_EQ(event(), "state");
}

TEST_F(VideoEventsTest, EndsWithTheConnection) {
  EXPECT_EQ(event(), "state");
  ask();
  cancellation_.request(core::ErrorCode::kClosed);
  settle();
  ASSERT_TRUE(answer_);
  ASSERT_FALSE(*answer_);
  EXPECT_EQ(answer_->error().code, core::ErrorCode::kClosed);
}

TEST_F(VideoEventsTest, TellsOfTheEndOfAJobThatIsTriedAgain) {
  set(VideoState::kProcessing);
  grow("720p");
  EXPECT_EQ(event(), "state");
  set(VideoState::kQueued);
  shelf_.apply(MakingEnded{.video_id = "v1"});
  EXPECT_EQ(event(), "state") << "nothing can be watched any more";
  EXPECT_FALSE(is_watchable(*shelf_.find("v1"), shelf_.making("v1")));
}

}  // namespace
}  // namespace millrace::media::api
