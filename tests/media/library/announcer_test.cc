#include "media/library/announcer.h"

#include <gtest/gtest.h>

#include <atomic>

#include "core/event.h"

namespace millrace::media::library {
namespace {

using catalogue::VideoChange;
using catalogue::VideoRecord;

/// Cores with a shelf each; `home` runs on the first one, then all stop.
class AnnouncerTest : public ::testing::Test {
 protected:
  using Home = std::function<core::Task<void>(core::Cores&, Announcer&)>;

  void run(size_t count, uint32_t mailbox_capacity, Home home) {
    shelves_ = std::vector<Shelf>(count);
    core::SystemClock clock;
    core::CoresOptions options;
    options.cpus.assign(count, 0);
    options.pin = false;
    options.core.recv_buffers = {.count = 16, .buffer_size = 1024};
    options.core.mailbox_capacity = mailbox_capacity;
    std::atomic<bool> done = false;
    auto cores = core::Cores::start(options, clock,
                                    [&](core::Cores& all, core::Core& core) -> core::Task<void> {
                                      if (core.index() == 0) {
                                        std::vector<Announcer::Place> places;
                                        for (size_t i = 0; i < all.size(); ++i)
                                          places.push_back({&all.at(i), &shelves_[i]});
                                        Announcer announcer(std::move(places));
                                        co_await home(all, announcer);
                                        done = true;
                                      }
                                      core::Event never;
                                      static_cast<void>(co_await never.wait(&core.stopping()));
                                    });
    ASSERT_TRUE(cores);
    while (!done) std::this_thread::yield();
    (*cores)->request_stop();
    (*cores)->join();
  }

  std::vector<Shelf> shelves_;  // Read here once the cores have ended.
};

VideoChange change(uint64_t revision, std::string title) {
  return {.revision = revision,
          .id = "v1",
          .video = std::make_shared<const VideoRecord>(
              VideoRecord{.id = "v1", .title = std::move(title)})};
}

TEST_F(AnnouncerTest, TellsEveryCoreBeforeItIsDone) {
  size_t knew = 0;
  run(3, 64, [&](core::Cores& all, Announcer& announcer) -> core::Task<void> {
    co_await announcer.announce(change(1, "A film"));
    for (size_t i = 0; i < all.size(); ++i) {
      const auto found = co_await core::run_on(
          all.at(i), [shelf = &shelves_[i]] { return shelf->find("v1") != nullptr; });
      if (found && *found) ++knew;
    }
  });
  EXPECT_EQ(knew, 3U);
}

TEST_F(AnnouncerTest, KeepsTheOrderOfOneTask) {
  run(2, 64, [&](core::Cores&, Announcer& announcer) -> core::Task<void> {
    co_await announcer.announce(change(1, "First"));
    co_await announcer.announce(ProgressNews{.video_id = "v1", .progress = {.fraction = 0.5}});
    co_await announcer.announce(change(2, "Second"));
    co_await announcer.announce(ProgressNews{.video_id = "v1", .progress = {.fraction = 0.75}});
  });
  for (const Shelf& shelf : shelves_) {
    EXPECT_EQ(shelf.find("v1")->title, "Second");
    EXPECT_EQ(shelf.making("v1")->progress.fraction, 0.75);
  }
}

/// Announces one of many changes at the same time as the others.
core::Task<void> announce_later(Announcer& announcer, VideoChange news, core::Gate::Pass) {
  co_await announcer.announce(std::move(news));
}

TEST_F(AnnouncerTest, LosesNothingWhenAMailboxIsFull) {
  constexpr uint64_t kChanges = 200;
  // Room for one: all others find the mailbox of the second core full and must come again.
  run(2, 1, [&](core::Cores&, Announcer& announcer) -> core::Task<void> {
    core::Gate under_way;
    for (uint64_t i = 1; i <= kChanges; ++i) {
      core::Core::current().spawn(announce_later(
          announcer,
          {.revision = i, .id = std::to_string(i), .video = std::make_shared<const VideoRecord>()},
          under_way.enter()));
    }
    co_await under_way.empty();
  });
  EXPECT_EQ(shelves_[0].catalogue().size(), kChanges);
  EXPECT_EQ(shelves_[1].catalogue().size(), kChanges);
}

}  // namespace
}  // namespace millrace::media::library
