#include "media/api/videos_routes.h"

#include "core/json.h"
#include "media/api/video_json.h"
#include "tests/media/api/api_test_bench.h"

namespace millrace::media::api {
namespace {

using catalogue::VideoState;
using namespace std::chrono_literals;

class VideosRoutesTest : public ApiTestBench {
 protected:
  /// The titles of a page, its number, its size and the number of all matches.
  std::string listed(std::string_view query) {
    const Reply reply = get(fmt::format("/api/VideoStream/videos{}", query));
    if (reply.status != 200) return std::to_string(reply.status);
    const auto json = core::parse_json(reply.body);
    std::string text;
    for (const core::JsonValue& one : *json->find("videos")->as_array()) {
      text += fmt::format("{}, ", *one.find("title")->as_string());
    }
    return text + fmt::format("page {} of {} each, {} in all", *json->find("page")->as_uint(),
                              *json->find("pageSize")->as_uint(), *json->find("total")->as_uint());
  }
  /// The detail of a problem, after checking that it is one.
  static std::string detail(const Reply& reply) {
    EXPECT_EQ(reply.field("Content-Type"), "application/problem+json");
    EXPECT_EQ(reply.field("Cache-Control"), "no-store");
    const auto json = core::parse_json(reply.body);
    if (!json || json->find("detail") == nullptr) return reply.body;
    EXPECT_EQ(json->find("status")->as_int(), reply.status);
    return std::string(*json->find("detail")->as_string());
  }
};

TEST_F(VideosRoutesTest, ListTheNewestFirst) {
  EXPECT_EQ(listed(""), "Ready film, Queued film, page 1 of 20 each, 2 in all");
}

TEST_F(VideosRoutesTest, ListPages) {
  EXPECT_EQ(listed("?pageSize=1"), "Ready film, page 1 of 1 each, 2 in all");
  EXPECT_EQ(listed("?pageSize=1&page=2"), "Queued film, page 2 of 1 each, 2 in all");
  EXPECT_EQ(listed("?page=1000000000"), "page 1000000000 of 20 each, 2 in all");
}

TEST_F(VideosRoutesTest, ListWhatASearchFinds) {
  EXPECT_EQ(listed("?search=READY"), "Ready film, page 1 of 20 each, 1 in all");
  EXPECT_EQ(listed("?search=y+film"), "Ready film, page 1 of 20 each, 1 in all");
  EXPECT_EQ(listed("?search=nothing"), "page 1 of 20 each, 0 in all");
}

TEST_F(VideosRoutesTest, RefuseAQueryThatBreaksItsRules) {
  for (const char* query : {"?page=0", "?page=-1", "?page=x", "?pageSize=0", "?pageSize=101",
                            "?page=1000000001", "?search=%ff%00"}) {
    EXPECT_EQ(listed(query), "400") << query;
  }
  EXPECT_EQ(listed("?search=" + std::string(200, 'a')), "page 1 of 20 each, 0 in all");
  EXPECT_EQ(listed("?search=" + std::string(201, 'a')), "400");
}

TEST_F(VideosRoutesTest, ShowAVideoAndLetACopyBeChecked) {
  const Reply reply = get(video(kReady));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "application/json");
  EXPECT_EQ(reply.field("Cache-Control"), "no-cache");
  EXPECT_EQ(reply.body, video_json(*shelf_.find(kReady), nullptr));
  const std::string etag(reply.field("ETag"));
  const Reply same = get(video(kReady), "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.field("ETag"), etag);
  change(kReady, [](catalogue::VideoRecord& record) { record.title = "Another"; });
  EXPECT_EQ(get(video(kReady), "If-None-Match: " + etag + "\r\n").status, 200);
}

TEST_F(VideosRoutesTest, DoNotKnowWhatIsNotThere) {
  for (const std::string& path : {video(kGone), video(kGone) + "/events", video("x")}) {
    const Reply reply = get(path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(detail(reply), "there is no video with that id");
  }
  EXPECT_EQ(send("PATCH", video(kGone), R"({"title":"New"})").status, 404);
  EXPECT_EQ(send("DELETE", video(kGone)).status, 404);
}

TEST_F(VideosRoutesTest, ChangeTitleAndTagsDurably) {
  const Reply reply = send("PATCH", video(kQueued), R"({"title":"New","tags":["a","b"]})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, video_json(*shelf_.find(kQueued), nullptr));
  EXPECT_EQ(shelf_.find(kQueued)->title, "New");
  EXPECT_EQ(shelf_.find(kQueued)->tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(listed("?search=new"), "New, page 1 of 20 each, 1 in all");
  const auto stored = core_->block_on(
      library_.with_catalogue([](catalogue::Catalogue& c) { return c.load_videos(); }));
  EXPECT_EQ(stored->at(1).video->title == "New" || stored->at(0).video->title == "New", true);
}

TEST_F(VideosRoutesTest, TakeJsonWithAnyParametersAndNothingElse) {
  const auto status = [&](std::string_view type) {
    return send("PATCH", video(kQueued), R"({"title":"New"})", type).status;
  };
  EXPECT_EQ(status("application/json; charset=utf-8"), 200);
  EXPECT_EQ(status("Application/JSON"), 200);
  EXPECT_EQ(status("application/jsonp"), 415);
  EXPECT_EQ(status("text/plain"), 415);
}

TEST_F(VideosRoutesTest, RefuseAChangeThatBreaksTheRules) {
  const Reply unknown = send("PATCH", video(kQueued), R"({"state":"ready"})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(detail(unknown), "only title and tags can be changed");
  EXPECT_EQ(send("PATCH", video(kQueued), "title=New").status, 400);
  EXPECT_EQ(send("PATCH", video(kQueued), "").status, 400);
  EXPECT_EQ(send("PATCH", video(kQueued), std::string(16 * 1024 + 1, ' ')).status, 413);
  EXPECT_EQ(shelf_.find(kQueued)->title, "Queued film");
}

TEST_F(VideosRoutesTest, RemoveAVideo) {
  const Reply reply = send("DELETE", video(kReady));
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(get(video(kReady)).status, 404);
  EXPECT_EQ(get(manifest(".m3u8")).status, 404);
  EXPECT_FALSE(std::filesystem::exists(store_.paths().processed_folder(kReady)));
  EXPECT_EQ(send("DELETE", video(kReady)).status, 404);
}

TEST_F(VideosRoutesTest, StreamEventsUntilTheVideoIsReady) {
  Client client = connect();
  client.send("GET " + video(kQueued) + "/events HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string text = client.take_now();
  EXPECT_NE(text.find("Content-Type: text/event-stream\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Cache-Control: no-store\r\n"), std::string::npos);
  EXPECT_NE(text.find("event: state\ndata: {\"id\":\"queuedqueu1\""), std::string::npos) << text;
  advance(15'100ms);
  EXPECT_NE(client.take_now().find(": still here\n\n"), std::string::npos);
  shelf_.apply(library::ProgressNews{.video_id = kQueued, .progress = {.fraction = 0.5}});
  text = client.take_now();
  EXPECT_NE(text.find("\"fraction\":0.5"), std::string::npos) << text;
  change(kQueued, [](catalogue::VideoRecord& record) { record.state = VideoState::kReady; });
  text = client.take_now();
  EXPECT_NE(text.find("event: state\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("0\r\n\r\n")) << "the stream has an end";
}

TEST_F(VideosRoutesTest, LetGoOfAClientThatNoLongerListens) {
  {
    Client client = connect();
    client.send("GET " + video(kQueued) + "/events HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_FALSE(client.take_now().empty());
  }
  pump_.until([&] { return server_->connection_count() == 0; });
}

TEST_F(VideosRoutesTest, AnswerHeadLikeGetWithoutABody) {  // HT-05
  for (const std::string& path :
       {video(kReady), std::string("/api/VideoStream/videos"), video(kQueued) + "/events"}) {
    Client client = connect();
    client.send("HEAD " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const Reply reply = client.read_reply(Client::Of::kHead);
    EXPECT_EQ(reply.status, 200) << path;
    EXPECT_EQ(client.read_to_end(), "") << path;
  }
}

}  // namespace
}  // namespace millrace::media::api
