#include "media/api/live_list_routes.h"

#include <gtest/gtest.h>

#include "tests/media/api/live_test_bench.h"

namespace millrace::media::api {
namespace {

class LiveListRoutesTest : public test::LiveTest {
 protected:
  LiveListRoutesTest() {
    router_.add(http::Method::kGet, "/api/VideoStream/live",
                http::endpoint<&LiveListRoutes::get_live_streams>(list_));
  }

  std::string list() {
    auto client = connect();
    const auto reply = client.get("/api/VideoStream/live");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.field("Content-Type"), "application/json");
    return reply.body;
  }

  LiveListRoutes list_{shelf_, {{core_.get(), &shelf_}}};
};

TEST_F(LiveListRoutesTest, IsEmptyWithoutAStream) {
  stream_.reset();
  pump_.settle();
  EXPECT_EQ(list(), R"({"streams":[]})");
}

TEST_F(LiveListRoutesTest, TellsOfAStreamFromItsStartToItsEnd) {
  EXPECT_NE(list().find(R"("state":"starting")"), std::string::npos) << list();
  publisher_->push_segment();
  publisher_->push_segment();
  publisher_->push();
  pump_.settle();
  EXPECT_EQ(list(),
            R"({"streams":[{"name":"cam1","state":"live","since":"2027-01-15T08:00:01.000Z",)"
            R"("manifestUrl":"/api/VideoStream/live/cam1.m3u8","newestSeq":2,"viewersWaiting":0,)"
            R"("renditions":[{"quality":"720p","kind":"video","averageBitrateBps":1500000},)"
            R"({"quality":"audio","kind":"audio","averageBitrateBps":128000}]}]})");
  stream_->end();
  pump_.settle();
  EXPECT_NE(list().find(R"("state":"ended")"), std::string::npos) << list();
}

TEST_F(LiveListRoutesTest, CountsThoseWhoWait) {
  publisher_->push();
  auto video = ask("/720p.m3u8?_HLS_msn=1&_HLS_part=1");
  auto audio = ask("/audio.m3u8?_HLS_msn=1&_HLS_part=1");
  EXPECT_NE(list().find(R"("viewersWaiting":2)"), std::string::npos) << list();
  video.close();
  pump_.settle();
  EXPECT_NE(list().find(R"("viewersWaiting":1)"), std::string::npos) << list();
}

}  // namespace
}  // namespace millrace::media::api
