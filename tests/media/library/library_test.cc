#include "media/library/library.h"

#include <gtest/gtest.h>

#include "tests/media/library/library_test_bench.h"

namespace millrace::media::library {
namespace {

using catalogue::VideoState;

class LibraryTest : public LibraryTestBench {
 protected:
  LibraryTest() {
    accept("v1", "film");
    store_.add_file(paths().track("v1", "240p"), "track");
    store_.add_file(paths().ts_segment("v1", "240p", 0, 2), "segment");
  }
  bool has_files() const {
    return exists(paths().upload_folder("v1")) || exists(paths().processed_folder("v1")) ||
           exists(paths().segments_folder("v1"));
  }
  std::vector<std::string> pending() {
    return ask([](catalogue::Catalogue& c) { return c.pending_removals(); });
  }
};

TEST_F(LibraryTest, ChangesTheCatalogueAndTheShelfTogether) {
  const auto changed = core_->block_on(
      library_->update_video("v1", [](catalogue::VideoRecord& video) { video.title = "Renamed"; }));
  ASSERT_TRUE(changed);
  EXPECT_EQ((*changed)->title, "Renamed");
  EXPECT_EQ(shelf_->find("v1")->title, "Renamed");
  stop();
  open();
  EXPECT_EQ(shelf_->find("v1")->title, "Renamed");
}

TEST_F(LibraryTest, DoesNotKnowWhatIsNotThere) {
  const auto changed =
      core_->block_on(library_->update_video("v2", [](catalogue::VideoRecord&) {}));
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, core::ErrorCode::kNotFound);
  const auto removed = core_->block_on(library_->remove_video("v2"));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, core::ErrorCode::kNotFound);
}

TEST_F(LibraryTest, RemovesAVideoWithAllItsFiles) {
  ASSERT_TRUE(core_->block_on(library_->remove_video("v1")));
  EXPECT_EQ(library_->find("v1"), nullptr);
  EXPECT_FALSE(has_files());
  EXPECT_TRUE(pending().empty());
  EXPECT_TRUE(jobs().empty());
}

/// Removes the video in a task of its own, which waits for whoever holds it.
core::Task<void> remove(Library& library, std::optional<core::Result<>>& removed) {
  removed = co_await library.remove_video("v1");
}

TEST_F(LibraryTest, WaitsWithTheFilesForWhoeverWorksOnThem) {
  core::Cancellation work;
  library_->hold("v1", work);
  std::optional<core::Result<>> removed;
  core_->spawn(remove(*library_, removed));
  while (!work.requested()) core_->turn(core::Core::Idle::kWait);
  EXPECT_EQ(library_->find("v1"), nullptr) << "nobody else sees it any more";
  EXPECT_TRUE(has_files());
  EXPECT_FALSE(removed) << "the removal is not done before its files are gone";
  library_->let_go("v1", work);
  while (!removed) core_->turn(core::Core::Idle::kWait);
  EXPECT_TRUE(*removed);
  EXPECT_FALSE(has_files());
  EXPECT_TRUE(pending().empty());
}

TEST_F(LibraryTest, WaitsForAllWhoWorkOnThem) {
  core::Cancellation job;
  core::Cancellation export_of_a_segment;
  library_->hold("v1", job);
  library_->hold("v1", export_of_a_segment);
  std::optional<core::Result<>> removed;
  core_->spawn(remove(*library_, removed));
  while (!export_of_a_segment.requested()) core_->turn(core::Core::Idle::kWait);
  EXPECT_TRUE(job.requested());
  library_->let_go("v1", export_of_a_segment);
  core_->turn(core::Core::Idle::kReturn);
  EXPECT_FALSE(removed);
  EXPECT_TRUE(has_files());
  library_->let_go("v1", job);
  while (!removed) core_->turn(core::Core::Idle::kWait);
  EXPECT_TRUE(*removed);
  EXPECT_FALSE(has_files());
}

TEST_F(LibraryTest, KeepsTheFilesOfAVideoThatIsLetGoOfAndStays) {
  core::Cancellation work;
  library_->hold("v1", work);
  library_->let_go("v1", work);
  EXPECT_FALSE(work.requested());
  EXPECT_TRUE(has_files());
}

TEST_F(LibraryTest, FinishesARemovalThatACrashCutShort) {
  // The row is gone durably; then the server dies before the files are.
  static_cast<void>(ask([](catalogue::Catalogue& c) { return c.remove_video("v1"); }));
  stop();
  open();
  EXPECT_TRUE(has_files());
  EXPECT_EQ(pending(), std::vector<std::string>{"v1"});
  ASSERT_TRUE(core_->block_on(library_->finish_removals()));
  EXPECT_FALSE(has_files());
  EXPECT_TRUE(pending().empty());
}

TEST_F(LibraryTest, QueuesAFailedAttemptAgainTogetherWithItsVideo) {
  const auto job =
      ask([](catalogue::Catalogue& c) { return c.claim_job(catalogue::test::at_ms(1)); });
  static_cast<void>(core_->block_on(library_->update_video(
      "v1", [](catalogue::VideoRecord& video) { video.state = VideoState::kProcessing; })));
  const auto later = catalogue::test::at_ms(9'000);
  ASSERT_TRUE(core_->block_on(
      library_->try_again({.job_id = job->id, .not_before = later, .error = "it crashed"}, "v1")));
  EXPECT_EQ(state_of("v1"), VideoState::kQueued);
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs()[0].state, catalogue::JobState::kQueued);
  EXPECT_EQ(jobs()[0].not_before, later);
  EXPECT_EQ(jobs()[0].last_error, "it crashed");
}

TEST_F(LibraryTest, DiscardsWhatWasMadeAndKeepsTheOriginal) {
  ASSERT_TRUE(core_->block_on(library_->discard_processed("v1")));
  EXPECT_FALSE(exists(paths().processed_folder("v1")));
  EXPECT_TRUE(exists(paths().original("v1")));
  EXPECT_TRUE(core_->block_on(library_->discard_processed("v1"))) << "nothing there is no error";
}

}  // namespace
}  // namespace millrace::media::library
