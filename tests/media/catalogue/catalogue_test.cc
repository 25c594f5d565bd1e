#include "media/catalogue/catalogue.h"

#include <gtest/gtest.h>

#include "tests/media/catalogue/test_store.h"

namespace millrace::media::catalogue {
namespace {

using core::ErrorCode;
using test::at_ms;
using test::must_open;
using test::video;

class CatalogueTest : public testing::Test {
 protected:
  void reopen() {
    catalogue_.reset();
    catalogue_ = must_open(folder_.file("catalogue.db"));
  }
  VideoRecord stored(std::string_view id) {
    const auto videos = catalogue_->load_videos();
    for (const VideoChange& change : videos.value()) {
      if (change.id == id) return *change.video;
    }
    ADD_FAILURE() << "no video " << id;
    return {};
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<Catalogue> catalogue_ = must_open(folder_.file("catalogue.db"));
};

VideoRecord full_record() {
  VideoRecord record = video("full0000001", "Über den Wolken");
  record.tags = {"air", "two words", "ü"};
  record.state = VideoState::kReady;
  record.failure = VideoFailure{.reason = "none", .detail = "kept for the test"};
  record.source = {"mov,mp4", "h264", "aac", 1920, 1080, 30000, 1001};
  record.duration = std::chrono::microseconds(8'333'333);
  record.has_poster = true;
  record.storyboard = Storyboard{10, 10, 160, 90, 93, std::chrono::milliseconds(2000)};
  record.formats = {{"720p", FormatKind::kVideo, "mp4", "avc1.64001f", 1280, 720, 30000, 1001,
                     2'500'000, 3'100'000, 2'600'000, 136, FormatState::kReady},
                    {"audio-128k", FormatKind::kAudio, "mp4", "mp4a.40.2", 0, 0, 0, 1, 128'000,
                     131'000, 133'000, 140, FormatState::kReady}};
  return record;
}

TEST_F(CatalogueTest, KeepsEveryFieldOfAVideoInTheFile) {
  const VideoRecord record = full_record();
  ASSERT_TRUE(catalogue_->accept_video({.video = record}));
  reopen();
  EXPECT_EQ(stored(record.id), record);
}

TEST_F(CatalogueTest, GivesEachFormatToItsOwnVideo) {
  VideoRecord first = full_record();
  first.id = "b";
  VideoRecord second = full_record();
  second.id = "c";
  second.formats[0].quality = "480p";
  ASSERT_TRUE(catalogue_->accept_video({.video = first}));
  ASSERT_TRUE(catalogue_->accept_video({.video = video("a")}));
  ASSERT_TRUE(catalogue_->accept_video({.video = second}));
  EXPECT_EQ(stored("a").formats.size(), 0U);
  EXPECT_EQ(stored("b"), first);
  EXPECT_EQ(stored("c"), second);
}

TEST_F(CatalogueTest, AcceptsAVideoTogetherWithItsJob) {
  ASSERT_TRUE(catalogue_->accept_video({.video = video("v1"), .priority = 5}));
  const auto jobs = catalogue_->load_jobs();
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 1U);
  EXPECT_EQ((*jobs)[0].video_id, "v1");
  EXPECT_EQ((*jobs)[0].priority, 5);
  EXPECT_EQ((*jobs)[0].state, JobState::kQueued);
}

TEST_F(CatalogueTest, RefusesASecondVideoOfTheSameIdWithoutQueueingAJob) {
  ASSERT_TRUE(catalogue_->accept_video({.video = video("v1", "first")}));
  const auto again = catalogue_->accept_video({.video = video("v1", "second")});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kConflict);
  EXPECT_EQ(stored("v1").title, "first");
  EXPECT_EQ(catalogue_->load_jobs()->size(), 1U);
}

TEST_F(CatalogueTest, GivesEachChangeALargerRevision) {
  const auto accepted = catalogue_->accept_video({.video = video("v1")});
  const auto renamed = catalogue_->update_video("v1", [](VideoRecord& v) { v.title = "new"; });
  const auto removed = catalogue_->remove_video("v1");
  ASSERT_TRUE(accepted && renamed && removed);
  EXPECT_LT(accepted->revision, renamed->revision);
  EXPECT_LT(renamed->revision, removed->revision);
  EXPECT_EQ(renamed->video->title, "new");
  EXPECT_EQ(removed->video, nullptr);
}

TEST_F(CatalogueTest, CannotChangeTheIdOrTheTimeOfCreation) {
  ASSERT_TRUE(catalogue_->accept_video({.video = video("v1")}));
  ASSERT_TRUE(catalogue_->update_video("v1", [](VideoRecord& v) {
    v.id = "other";
    v.created = at_ms(9);
  }));
  EXPECT_EQ(stored("v1").created, video("v1").created);
}

TEST_F(CatalogueTest, SaysNotFoundWhenAnUnknownVideoIsChangedOrRemoved) {
  EXPECT_EQ(catalogue_->update_video("x", [](VideoRecord&) {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(catalogue_->remove_video("x").error().code, ErrorCode::kNotFound);
}

TEST_F(CatalogueTest, RemembersThatTheFilesOfARemovedVideoMustGo) {
  ASSERT_TRUE(catalogue_->accept_video({.video = full_record()}));
  ASSERT_TRUE(catalogue_->remove_video(full_record().id));
  reopen();
  EXPECT_EQ(catalogue_->load_videos()->size(), 0U);
  EXPECT_EQ(catalogue_->load_jobs()->size(), 0U);
  EXPECT_EQ(catalogue_->pending_removals().value(), std::vector{full_record().id});
  ASSERT_TRUE(catalogue_->finish_removal(full_record().id));
  EXPECT_TRUE(catalogue_->pending_removals()->empty());
}

TEST_F(CatalogueTest, QueuesARunningJobAgainAfterACrashAsOneInterruption) {
  ASSERT_TRUE(catalogue_->accept_video({.video = video("v1")}));
  ASSERT_TRUE(catalogue_->claim_job(at_ms(5'000)).value());
  ASSERT_TRUE(catalogue_->update_video("v1", [](VideoRecord& v) {
    v.state = VideoState::kProcessing;
    v.formats = full_record().formats;
    v.formats[1].state = FormatState::kProcessing;
  }));
  reopen();
  const auto jobs = catalogue_->load_jobs();
  ASSERT_EQ(jobs->size(), 1U);
  EXPECT_EQ((*jobs)[0].state, JobState::kQueued);
  EXPECT_EQ((*jobs)[0].attempts, 0U) << "it is not the worker that failed";
  EXPECT_EQ((*jobs)[0].interruptions, 1U);
  EXPECT_EQ(stored("v1").state, VideoState::kQueued);
  ASSERT_EQ(stored("v1").formats.size(), 1U) << "an unfinished format is made again";
  EXPECT_EQ(stored("v1").formats[0].quality, "720p");
}

TEST_F(CatalogueTest, CountsEveryDeathOfTheServerDuringAJobAndNoOrderlyEnd) {
  ASSERT_TRUE(catalogue_->accept_video({.video = video("v1")}));
  for (uint32_t deaths = 1; deaths <= 3; ++deaths) {
    ASSERT_TRUE(catalogue_->claim_job(at_ms(5'000)).value());
    reopen();
    const auto job = catalogue_->claim_job(at_ms(5'000)).value();
    ASSERT_TRUE(job);
    EXPECT_EQ(job->interruptions, deaths);
    EXPECT_EQ(job->attempts, 1U);
    ASSERT_TRUE(catalogue_->retry_job({.job_id = job->id, .attempt = Attempt::kForgiven}));
    reopen();
  }
  EXPECT_EQ(catalogue_->load_jobs()->front().interruptions, 3U);
  EXPECT_EQ(catalogue_->load_jobs()->front().attempts, 0U);
}

TEST_F(CatalogueTest, FinishesAJobTogetherWithItsVideo) {
  ASSERT_TRUE(catalogue_->accept_video({.video = video("v1")}));
  const auto job = catalogue_->claim_job(at_ms(5'000)).value();
  ASSERT_TRUE(job);
  const auto change = catalogue_->finish_job(job->id, [](VideoRecord& v) {
    v.state = VideoState::kFailed;
    v.failure = VideoFailure{"no_media", "The file holds no video or sound."};
  });
  ASSERT_TRUE(change);
  EXPECT_EQ(change->video->failure->reason, "no_media");
  reopen();
  EXPECT_EQ(stored("v1").state, VideoState::kFailed);
  EXPECT_TRUE(catalogue_->load_jobs()->empty());
  EXPECT_EQ(catalogue_->finish_job(job->id, [](VideoRecord&) {}).error().code,
            ErrorCode::kNotFound);
}

TEST_F(CatalogueTest, AnswersAReaderWhileItWrites) {
  ASSERT_TRUE(catalogue_->accept_video({.video = video("v1")}));
  auto reader = Database::open(folder_.file("catalogue.db"));
  ASSERT_TRUE(reader);
  auto writing = Transaction::begin(catalogue_->database(), Durability::kProcess);
  ASSERT_TRUE(writing);
  ASSERT_TRUE(catalogue_->database().execute("UPDATE videos SET title = 'half'"));
  EXPECT_EQ(reader->integer("SELECT count(*) FROM videos WHERE title = 'half'").value(), 0);
  ASSERT_TRUE(writing->commit());
  EXPECT_EQ(reader->integer("SELECT count(*) FROM videos WHERE title = 'half'").value(), 1);
}

TEST_F(CatalogueTest, SaysNoSpaceOnAFullDiskAndLeavesNoHalfVideo) {
  ASSERT_TRUE(catalogue_->database().execute("PRAGMA max_page_count = 1"));  // The current size.
  VideoRecord large = video("large");
  large.title = std::string(1 << 20, 'x');
  const auto refused = catalogue_->accept_video({.video = large});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  ASSERT_TRUE(catalogue_->database().execute("PRAGMA max_page_count = 1073741823"));
  EXPECT_TRUE(catalogue_->load_videos()->empty());
  EXPECT_TRUE(catalogue_->load_jobs()->empty());
  EXPECT_TRUE(catalogue_->accept_video({.video = large})) << "space came back";
}

}  // namespace
}  // namespace millrace::media::catalogue
