#include "media/upload/upload_routes.h"

#include <gtest/gtest.h>

#include "tests/media/upload/test_bench.h"

namespace millrace::media::upload {
namespace {

using http::Method;
using http::Outgoing;
using test::Bench;
using test::content_of;

class PlainUpload : public testing::Test {
 protected:
  Outgoing post(const std::string& query, test::Fields fields, test::Sent body) {
    return bench_.ask({.method = Method::kPost,
                       .target = std::string(kUploadPath) + query,
                       .fields = std::move(fields),
                       .body = std::move(body)});
  }
  Bench bench_;
};

TEST_F(PlainUpload, StoresTheBodyUnderTheNameInTheAddress) {
  const Outgoing answer = bench_.put("/My%20film.mp4", {{"hello", " world"}}, 11);
  EXPECT_EQ(answer.status, 201);
  ASSERT_EQ(bench_.videos().size(), 1U);
  const catalogue::VideoRecord video = bench_.videos()[0];
  EXPECT_EQ(answer.headers.find("Location"), "/api/VideoStream/videos/" + video.id);
  EXPECT_EQ(answer.headers.find("Video-Id"), video.id);
  EXPECT_EQ(std::get<std::string>(answer.body), "{\"id\":\"" + video.id + "\"}");
  EXPECT_EQ(video.title, "My film");
  EXPECT_EQ(video.file_name, "My film.mp4");
  EXPECT_EQ(video.size, 11U);
  EXPECT_EQ(content_of(bench_.store().original(video.id)), "hello world");
  EXPECT_EQ(bench_.catalogue().load_jobs()->size(), 1U);
}

TEST_F(PlainUpload, TakesTitleAndNameFromTheQuery) {
  EXPECT_EQ(post("?title=A%20title&filename=a.mkv", {}, {{"hello"}}).status, 201);
  ASSERT_EQ(bench_.videos().size(), 1U);
  EXPECT_EQ(bench_.videos()[0].title, "A title");
  EXPECT_EQ(bench_.videos()[0].file_name, "a.mkv");
}

TEST_F(PlainUpload, LeavesNothingOfABodyThatBreaksOff) {
  bench_.put("/a.mp4", {.portions = {std::string(1'000'000, 'x')}, .hangs_up = true}, 2'000'000);
  EXPECT_TRUE(bench_.videos().empty());
  EXPECT_TRUE(bench_.store().list()->empty());
}

TEST_F(PlainUpload, RefusesAnEmptyFile) {
  EXPECT_EQ(bench_.put("/a.mp4", {}, 0).status, 400);
  EXPECT_EQ(bench_.put("/a.mp4", {}).status, 400) << "of unknown size";
  EXPECT_TRUE(bench_.store().list()->empty());
}

TEST_F(PlainUpload, RefusesAFileOverTheLimit) {
  EXPECT_EQ(bench_.put("/a.mp4", {}, 10'000'001).status, 413) << "before a byte is read";
  EXPECT_EQ(bench_.put("/a.mp4", {{std::string(10'000'001, 'x')}}).status, 413);
  EXPECT_TRUE(bench_.store().list()->empty());
}

TEST_F(PlainUpload, RefusesAForm) {
  const Outgoing answer = post("", {{"Content-Type", "multipart/form-data; boundary=x"}}, {{"x"}});
  EXPECT_EQ(answer.status, 415);
  EXPECT_TRUE(bench_.videos().empty());
}

}  // namespace
}  // namespace millrace::media::upload
