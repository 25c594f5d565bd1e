#include "media/catalogue/upload_table.h"

#include <gtest/gtest.h>

#include "tests/media/catalogue/test_store.h"

namespace millrace::media::catalogue {
namespace {

using test::at_ms;
using test::must_open;
using test::video;

UploadRecord upload(const char* id) {
  return {.id = id,
          .length = 1'000,
          .metadata = "filename ZmlsbS5tcDQ=",
          .title = "film",
          .file_name = "film.mp4",
          .created = at_ms(1),
          .expires = at_ms(100)};
}

TEST(UploadTable, KeepsEveryFieldOfAnUpload) {
  const auto catalogue = must_open(":memory:");
  UploadRecord deferred = upload("u2");
  deferred.length.reset();
  ASSERT_TRUE(catalogue->create_upload(upload("u1")));
  ASSERT_TRUE(catalogue->create_upload(deferred));
  EXPECT_EQ(catalogue->find_upload("u1").value(), upload("u1"));
  EXPECT_EQ(catalogue->find_upload("u2").value(), deferred);
  EXPECT_EQ(catalogue->find_upload("u3").error().code, core::ErrorCode::kNotFound);
}

TEST(UploadTable, LearnsADeferredLengthAndALaterExpiry) {
  const auto catalogue = must_open(":memory:");
  UploadRecord record = upload("u1");
  record.length.reset();
  ASSERT_TRUE(catalogue->create_upload(record));
  record.length = 77;
  record.expires = at_ms(200);
  ASSERT_TRUE(catalogue->update_upload(record));
  EXPECT_EQ(catalogue->find_upload("u1").value(), record);
  record.id = "ghost";
  EXPECT_EQ(catalogue->update_upload(record).error().code, core::ErrorCode::kNotFound);
}

TEST(UploadTable, IsCompleteInTheTransactionThatAcceptsTheVideo) {
  const auto catalogue = must_open(":memory:");
  ASSERT_TRUE(catalogue->create_upload(upload("u1")));
  ASSERT_TRUE(catalogue->accept_video({.video = video("u1")}));
  EXPECT_EQ(catalogue->find_upload("u1")->state, UploadState::kComplete);
  EXPECT_EQ(catalogue->find_upload("u1")->length, video("u1").size);
}

TEST(UploadTable, ForgetsEndedUploadsOnceTheyExpired) {
  const auto catalogue = must_open(":memory:");
  UploadRecord ended = upload("ended");
  ended.state = UploadState::kTerminated;
  ASSERT_TRUE(catalogue->create_upload(ended));
  ASSERT_TRUE(catalogue->create_upload(upload("receiving")));
  ASSERT_TRUE(catalogue->forget_uploads(at_ms(100)));
  EXPECT_TRUE(catalogue->find_upload("ended")) << "it may be asked for until it expires";
  ASSERT_TRUE(catalogue->forget_uploads(at_ms(101)));
  EXPECT_FALSE(catalogue->find_upload("ended"));
  EXPECT_TRUE(catalogue->find_upload("receiving")) << "its file must be deleted first";
}

}  // namespace
}  // namespace millrace::media::catalogue
