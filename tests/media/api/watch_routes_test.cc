#include "media/api/watch_routes.h"

#include "tests/media/api/api_test_bench.h"

namespace millrace::media::api {
namespace {

class WatchRoutesTest : public ApiTestBench {
 protected:
  Reply watch(std::string_view query, std::string_view fields = {}) {
    return get(fmt::format("/api/VideoStream/watch?{}", query), fields);
  }
};

TEST_F(WatchRoutesTest, SendsATrackAloneAsItIsStored) {
  const Reply picture = watch("v=readyready1&itag=134");
  EXPECT_EQ(picture.status, 200);
  EXPECT_EQ(picture.field("Content-Type"), "video/mp4");
  EXPECT_EQ(picture.body, bytes_of(video_, 0, video_.bytes.size()));
  const Reply sound = watch("v=readyready1&itag=140");
  EXPECT_EQ(sound.field("Content-Type"), "audio/mp4");
  EXPECT_EQ(sound.body, bytes_of(audio_, 0, audio_.bytes.size()));
}

TEST_F(WatchRoutesTest, PutsPicturesAndSoundIntoOneFile) {
  const Reply whole = watch("v=readyready1&itag=18");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.field("Content-Type"), "video/mp4");
  EXPECT_EQ(whole.body.substr(4, 4), "ftyp");
  // 5 fragments of 60 pictures; every byte of theirs is in it once, behind the header.
  uint64_t media = 0;
  for (const auto* track : {&video_, &audio_}) {
    for (size_t i = 0; i < 5; ++i) media += track->index[i].size - track->index[i].head_size;
  }
  EXPECT_GT(whole.body.size(), media);
  const auto& first = video_.index[0];
  EXPECT_NE(whole.body.find(
                bytes_of(video_, first.offset + first.head_size, first.size - first.head_size)),
            std::string::npos);

  const std::string etag(whole.field("ETag"));
  EXPECT_EQ(watch("v=readyready1&itag=18", "If-None-Match: " + etag + "\r\n").status, 304);
  const Reply part =
      watch("v=readyready1&itag=18", "Range: bytes=1000-1999\r\nIf-Range: " + etag + "\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, whole.body.substr(1000, 1000));
  const Reply beyond =
      watch("v=readyready1&itag=18", fmt::format("Range: bytes={}-\r\n", whole.body.size()));
  EXPECT_EQ(beyond.status, 416);
}

TEST_F(WatchRoutesTest, ListsTheFormatsThatThereAreForOneThatIsNot) {
  const Reply reply = watch("v=readyready1&itag=22");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.field("Content-Type"), "application/problem+json");
  EXPECT_NE(reply.body.find(R"("itags":[18,134,140])"), std::string::npos) << reply.body;
}

TEST_F(WatchRoutesTest, HasNoFormatBeforeTheVideoIsReady) {
  const Reply reply = watch("v=queuedqueu1&itag=18");
  EXPECT_EQ(reply.status, 404);
  EXPECT_NE(reply.body.find(R"("itags":[])"), std::string::npos) << reply.body;
}

TEST_F(WatchRoutesTest, RefusesWhatBreaksTheRules) {
  for (const char* query : {"", "v=readyready1", "itag=18", "v=readyready1&itag=0",
                            "v=readyready1&itag=1000", "v=readyready1&itag=high"}) {
    EXPECT_EQ(watch(query).status, 400) << query;
  }
  EXPECT_EQ(watch("v=gonegonego1&itag=18").status, 404);
  EXPECT_EQ(watch("v=../../etc/passwd&itag=18").status, 404);
}

TEST_F(WatchRoutesTest, EveryUrlOfTheVideosFormatsWorks) {
  for (const catalogue::FormatRecord& format : shelf_.find(kReady)->formats) {
    const Reply reply = watch(fmt::format("v={}&itag={}", kReady, format.itag));
    EXPECT_EQ(reply.status, 200) << format.itag;
    EXPECT_GE(reply.body.size() * 100, format.size * 95) << format.itag;
  }
}

}  // namespace
}  // namespace millrace::media::api
