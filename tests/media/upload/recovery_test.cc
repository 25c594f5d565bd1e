#include "media/upload/recovery.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/random_id.h"
#include "tests/media/upload/test_bench.h"

namespace millrace::media::upload {
namespace {

namespace fs = std::filesystem;
using catalogue::UploadState;
using catalogue::VideoState;
using test::Bench;
using test::content_of;

class UploadRecovery : public testing::Test {
 protected:
  /// An upload whose bytes are all in the part, as if the server had died before the next step.
  std::string whole_part() {
    const std::string address = bench_.create(5);
    std::ofstream(bench_.store().part(Bench::id_of(address))) << "hello";
    return Bench::id_of(address);
  }
  std::string stray_folder(const char* file) {
    const std::string id = core::random_id();
    fs::create_directory(bench_.store().folder(id));
    std::ofstream(bench_.store().folder(id) + "/" + file) << "bytes";
    return id;
  }

  Bench bench_;
};

TEST_F(UploadRecovery, CompletesAPartThatIsWhole) {
  const std::string id = whole_part();
  bench_.start();
  EXPECT_EQ(bench_.report().accepted_count, 1U);
  ASSERT_EQ(bench_.videos().size(), 1U);
  EXPECT_EQ(bench_.videos()[0].id, id);
  EXPECT_EQ(bench_.catalogue().find_upload(id)->state, UploadState::kComplete);
  EXPECT_EQ(content_of(bench_.store().original(id)), "hello");
  EXPECT_EQ(bench_.catalogue().load_jobs()->size(), 1U);
}

TEST_F(UploadRecovery, CompletesAFileThatHasItsFinalNameButNoVideo) {
  const std::string id = whole_part();
  fs::rename(bench_.store().part(id), bench_.store().original(id));
  bench_.start();
  EXPECT_EQ(bench_.report().accepted_count, 1U);
  EXPECT_EQ(bench_.videos().size(), 1U);
  bench_.start();
  EXPECT_EQ(bench_.report().accepted_count, 0U) << "once is enough";
  EXPECT_EQ(bench_.videos().size(), 1U);
}

TEST_F(UploadRecovery, KeepsAnUploadThatCanBeContinued) {
  const std::string address = bench_.create(5);
  bench_.patch(address, 0, {{"hel"}});
  bench_.start();
  EXPECT_EQ(bench_.offset(address), "3");
  EXPECT_EQ(bench_.patch(address, 3, {{"lo"}}).status, 204);
  EXPECT_EQ(bench_.videos().size(), 1U);
}

TEST_F(UploadRecovery, CutsOffBytesThatNoChecksumVouchedFor) {
  const std::string address = bench_.create(100);
  const std::string id = Bench::id_of(address);
  bench_.patch(address, 0, {{"good"}});
  std::ofstream(bench_.store().marker(id, 4)).flush();
  std::ofstream(bench_.store().part(id), std::ios::app) << "unchecked";
  bench_.start();
  EXPECT_EQ(bench_.offset(address), "4");
  EXPECT_EQ(content_of(bench_.store().part(id)), "good");
  EXPECT_FALSE(fs::exists(bench_.store().marker(id, 4)));
}

TEST_F(UploadRecovery, NeverTakesUncheckedBytesForTheWholeFile) {
  const std::string id = whole_part();
  std::ofstream(bench_.store().marker(id, 2)).flush();
  bench_.start();
  EXPECT_TRUE(bench_.videos().empty());
  EXPECT_EQ(content_of(bench_.store().part(id)), "he");
}

TEST_F(UploadRecovery, RemovesWhatBelongsToNothing) {
  const std::string part = stray_folder("original.part");
  const std::string empty = core::random_id();
  fs::create_directory(bench_.store().folder(empty));
  bench_.start();
  EXPECT_EQ(bench_.report().removed_count, 2U);
  EXPECT_TRUE(bench_.store().list()->empty());
}

TEST_F(UploadRecovery, LeavesAWholeOriginalWithoutARowToAPerson) {
  const std::string id = stray_folder("original");
  fs::create_directory(bench_.store().folder("not an id"));
  bench_.start();
  EXPECT_EQ(bench_.report().unknown_count, 1U);
  EXPECT_TRUE(fs::exists(bench_.store().original(id)));
  EXPECT_TRUE(fs::exists(bench_.store().folder("not an id")));
}

TEST_F(UploadRecovery, RemovesWhatExpiredWhileTheServerWasDown) {
  const std::string address = bench_.create(5);
  bench_.patch(address, 0, {{"hel"}});
  bench_.clock().advance(std::chrono::hours(25));
  bench_.start();
  EXPECT_EQ(bench_.report().expired_count, 1U);
  EXPECT_TRUE(bench_.store().list()->empty());
  EXPECT_EQ(bench_.with_tus(http::Method::kHead, address).status, 410);
}

TEST_F(UploadRecovery, FinishesATerminationThatWasCutOff) {
  const std::string address = bench_.create(5);
  auto record = bench_.catalogue().find_upload(Bench::id_of(address)).value();
  record.state = UploadState::kTerminated;
  ASSERT_TRUE(bench_.catalogue().update_upload(record));
  bench_.start();
  EXPECT_TRUE(bench_.store().list()->empty());
}

TEST_F(UploadRecovery, FailsAWaitingVideoWhoseOriginalIsGone) {
  const std::string address = bench_.create(5);
  bench_.patch(address, 0, {{"hello"}});
  fs::remove(bench_.store().original(Bench::id_of(address)));
  bench_.start();
  EXPECT_EQ(bench_.report().lost_count, 1U);
  EXPECT_EQ(bench_.videos()[0].state, VideoState::kFailed);
  EXPECT_EQ(bench_.videos()[0].failure->reason, "original_missing");
}

TEST_F(UploadRecovery, DeletesTheOriginalOfAVideoWhoseRemovalWasCutOff) {
  const std::string address = bench_.create(5);
  bench_.patch(address, 0, {{"hello"}});
  ASSERT_TRUE(bench_.catalogue().remove_video(Bench::id_of(address)));
  bench_.start();
  EXPECT_TRUE(bench_.store().list()->empty());
}

}  // namespace
}  // namespace millrace::media::upload
