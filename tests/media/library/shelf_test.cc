#include "media/library/shelf.h"

#include <gtest/gtest.h>

#include "core/core.h"
#include "tests/media/vod/presentations.h"

namespace millrace::media::library {
namespace {

using catalogue::VideoChange;
using catalogue::VideoRecord;

VideoChange change(uint64_t revision, const char* id, const char* title = "A film") {
  return {.revision = revision,
          .id = id,
          .video = std::make_shared<const VideoRecord>(VideoRecord{.id = id, .title = title})};
}

VideoChange removal(uint64_t revision, const char* id) {
  return {.revision = revision, .id = id, .video = nullptr};
}

Growth growth(const char* id, const char* quality, size_t fragments) {
  return {.video_id = id,
          .rendition = {
              .rendition = {.quality = quality,
                            .index = test::video_index(fragments, 0, track::TrackState::kGrowing)},
              .file = nullptr}};
}

class ShelfTest : public ::testing::Test {
 protected:
  ShelfTest() { shelf_.apply(change(1, "v1")); }

  size_t fragments(const char* quality) const {
    const Making* making = shelf_.making("v1");
    if (making == nullptr || making->tracks == nullptr) return 0;
    const auto found = making->tracks->find(quality);
    return found ? found->rendition.index.size() : 0;
  }

  core::SimulatedClock clock_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  Shelf shelf_;
};

TEST_F(ShelfTest, ShowsATrackAsItGrows) {
  EXPECT_EQ(shelf_.making("v1"), nullptr);
  shelf_.apply(growth("v1", "720p", 1));
  EXPECT_EQ(fragments("720p"), 1U);
  shelf_.apply(growth("v1", "360p", 1));
  shelf_.apply(growth("v1", "720p", 2));
  EXPECT_EQ(fragments("720p"), 2U);
  EXPECT_EQ(fragments("360p"), 1U);
  EXPECT_EQ(shelf_.making("v1")->rendition_count(), 2U);
}

TEST_F(ShelfTest, LeavesWhatAReaderHoldsAsItWas) {
  shelf_.apply(growth("v1", "720p", 1));
  const core::Snapshot<VideoTracks> held = shelf_.making("v1")->tracks;
  shelf_.apply(growth("v1", "720p", 5));
  shelf_.apply(MakingEnded{.video_id = "v1"});
  EXPECT_EQ(held->find("720p")->rendition.index.size(), 1U);
}

TEST_F(ShelfTest, ListsRenditionsFromTheLargestDownAndSoundLast) {
  const auto sound = [](const char* quality, uint64_t bps) {
    return StoredRendition{.rendition = {.quality = quality,
                                         .index = test::audio_index(1),
                                         .declared_average_bps = bps},
                           .file = nullptr};
  };
  const auto picture = [](const char* quality, uint32_t height) {
    return StoredRendition{
        .rendition = {.quality = quality,
                      .index = test::looking_like({.width = 16, .height = height}, 1, 10)},
        .file = nullptr};
  };
  const VideoTracks tracks("v1", {sound("audio-64k", 64'000), picture("240p", 240),
                                  sound("audio-128k", 128'000), picture("720p", 720)});
  std::vector<std::string> order;
  for (const auto& rendition : tracks.presentation().renditions) {
    order.push_back(rendition.quality);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"720p", "240p", "audio-128k", "audio-64k"}));
}

TEST_F(ShelfTest, ShowsProgressBeforeTheFirstFragment) {
  shelf_.apply(ProgressNews{.video_id = "v1", .progress = {.fraction = 0.25}});
  ASSERT_NE(shelf_.making("v1"), nullptr);
  EXPECT_EQ(shelf_.making("v1")->progress.fraction, 0.25);
  EXPECT_EQ(shelf_.making("v1")->rendition_count(), 0U);
}

TEST_F(ShelfTest, ForgetsWhatWasBeingMadeOfARemovedVideo) {
  shelf_.apply(growth("v1", "720p", 1));
  shelf_.apply(removal(2, "v1"));
  EXPECT_EQ(shelf_.making("v1"), nullptr);
  // News that were under way when it was removed.
  shelf_.apply(growth("v1", "720p", 2));
  shelf_.apply(ProgressNews{.video_id = "v1", .progress = {.fraction = 0.5}});
  EXPECT_EQ(shelf_.making("v1"), nullptr);
}

TEST_F(ShelfTest, KeepsTheNewerOfTwoChangesWhateverTheirOrder) {
  shelf_.apply(change(5, "v1", "Newer"));
  shelf_.apply(change(4, "v1", "Older"));
  EXPECT_EQ(shelf_.find("v1")->title, "Newer");
}

/// Notes which videos are removed.
class Notes final : public RemovalHook {
 public:
  Notes()
      : RemovalHook([](RemovalHook* hook, std::string_view id) noexcept {
          static_cast<Notes*>(hook)->removed.emplace_back(id);
        }) {}
  std::vector<std::string> removed;
};

TEST_F(ShelfTest, TellsWhoeverHoldsFilesWhichVideosAreRemoved) {
  Notes stays;
  shelf_.add(stays);
  {
    Notes leaves;
    shelf_.add(leaves);
    shelf_.apply(change(2, "v1", "Renamed"));
    EXPECT_TRUE(leaves.removed.empty());
    shelf_.apply(removal(3, "v1"));
    EXPECT_EQ(leaves.removed, std::vector<std::string>{"v1"});
  }
  shelf_.apply(removal(4, "unknown"));
  shelf_.apply(change(5, "v2"));
  shelf_.apply(removal(6, "v2"));
  EXPECT_EQ(stays.removed, (std::vector<std::string>{"v1", "v2"}));
}

TEST_F(ShelfTest, ShowsNoProgressOfAVideoThatHasAnOutcome) {
  for (const catalogue::VideoState state :
       {catalogue::VideoState::kReady, catalogue::VideoState::kFailed}) {
    shelf_.apply(ProgressNews{.video_id = "v1", .progress = {.fraction = 0.99}});
    const uint64_t revision = 10 + static_cast<uint64_t>(state);
    shelf_.apply(VideoChange{
        .revision = revision,
        .id = "v1",
        .video = std::make_shared<const VideoRecord>(VideoRecord{.id = "v1", .state = state})});
    EXPECT_EQ(shelf_.making("v1"), nullptr);
  }
}

/// How often a watch of `id` is woken by `happen`.
template <class F>
bool wakes(core::Core& core, Shelf& shelf, const char* id, F happen) {
  Shelf::Watch watch(shelf, id);
  core::Cancellation enough;
  bool woken = false;
  core.spawn([](Shelf::Watch& its, core::Cancellation& until, bool& out) -> core::Task<void> {
    const core::Result<> waited = co_await its.changed().wait(&until);
    out = waited.has_value();
  }(watch, enough, woken));
  core.turn(core::Core::Idle::kReturn);
  happen();
  core.turn(core::Core::Idle::kReturn);
  enough.request();
  while (core.tasks() != 0) core.turn(core::Core::Idle::kReturn);
  return woken;
}

TEST_F(ShelfTest, WakesAWatchWhenItsVideoChanges) {
  const auto wakes_for = [&](auto news) {
    return wakes(*core_, shelf_, "v1", [&] { shelf_.apply(news); });
  };
  EXPECT_TRUE(wakes_for(change(2, "v1")));
  EXPECT_TRUE(wakes_for(ProgressNews{.video_id = "v1", .progress = {}}));
  EXPECT_TRUE(wakes_for(growth("v1", "720p", 1))) << "it can be watched now";
  EXPECT_FALSE(wakes_for(growth("v1", "720p", 2))) << "a fragment more changes no event";
  EXPECT_TRUE(wakes_for(growth("v1", "360p", 1)));
  EXPECT_TRUE(wakes_for(MakingEnded{.video_id = "v1"}));
  EXPECT_FALSE(wakes_for(change(3, "other")));
  EXPECT_TRUE(wakes_for(removal(4, "v1")));
}

TEST_F(ShelfTest, LetsSeveralWatchTheSameVideoAndLeaveInAnyOrder) {
  auto first = std::make_unique<Shelf::Watch>(shelf_, "v1");
  auto second = std::make_unique<Shelf::Watch>(shelf_, "v1");
  first.reset();
  EXPECT_TRUE(wakes(*core_, shelf_, "v1", [&] { shelf_.apply(removal(2, "v1")); }));
  second.reset();
  shelf_.apply(change(3, "v2"));
}

}  // namespace
}  // namespace millrace::media::library
