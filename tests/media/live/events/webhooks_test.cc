#include "media/live/events/webhooks.h"

#include <gtest/gtest.h>

#include "core/json.h"
#include "tests/http/loopback.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;

// Computed by: printf '1800000000.{}' | openssl dgst -sha256 -hmac secret
TEST(WebPost, IsSignedWithItsTime) {
  EXPECT_EQ(sign("secret", "{}", core::UnixTime(std::chrono::seconds(1'800'000'000))),
            "t=1800000000,v1=bb7079132825ac793cea8c013c1dd24d926b9b02132245b10588d9e5c0df70d7");
}

TEST(StreamEvent, IsAJsonObject) {
  const StreamEvent event{.kind = StreamEvent::Kind::kRecordingReady,
                          .stream = "stage",
                          .time = core::UnixTime(std::chrono::seconds(1'800'000'000)),
                          .video_id = "abc"};
  EXPECT_EQ(event_json(event, "id1"), R"({"id":"id1","type":"recording.ready","stream":"stage",)"
                                      R"("time":"2027-01-15T08:00:00.000Z","videoId":"abc"})");
}

/// A receiver that refuses the first `refusals` deliveries.
class WebhooksTest : public http::test::LoopbackTest {
 protected:
  void SetUp() override {
    router_.add(http::Method::kPost, "/hook", http::endpoint<&WebhooksTest::post_hook>(*this));
    start();
  }
  void TearDown() override {
    if (webhooks_) core_->block_on(webhooks_->stop());
    LoopbackTest::TearDown();
  }
  core::Task<http::RouteResult> post_hook(http::Request& request) {
    ids_.emplace_back(request.header("Millrace-Event-Id"));
    signatures_.emplace_back(request.header("Millrace-Signature"));
    auto body = co_await request.read_whole_body(1 << 16);
    if (!body) co_return std::unexpected(body.error());
    body_ = *body;
    if (ids_.size() <= refusals_) co_return core::fail(ErrorCode::kOverloaded, "not now");
    co_return http::Response::no_content();
  }
  void open(Webhooks::Options options) {
    if (options.url.empty()) {
      options.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/hook";
    }
    webhooks_.emplace(*core_, poster_, counted_, std::move(options));
  }
  static StreamEvent event() {
    return {.kind = StreamEvent::Kind::kPublished, .stream = "stage", .time = {}, .video_id = {}};
  }

  core::ControlThread poster_;
  WebhookMetrics counted_{metrics_};
  std::optional<Webhooks> webhooks_;
  size_t refusals_ = 0;
  std::vector<std::string> ids_;
  std::vector<std::string> signatures_;
  std::string body_;
};

TEST_F(WebhooksTest, DeliverAnEventOnce) {
  open({.url = {}, .secret = "secret"});
  webhooks_->report(event());
  pump_.until([&] { return metrics_.value(counted_.delivered) == 1; });
  ASSERT_EQ(ids_.size(), 1U);
  EXPECT_TRUE(signatures_[0].starts_with("t="));
  const auto json = core::parse_json(body_);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->find("type")->as_string(), "stream.published");
  EXPECT_EQ(json->find("id")->as_string(), ids_[0]);
}

TEST_F(WebhooksTest, TryAgainUnderTheSameId) {
  refusals_ = 2;
  open({.url = {}, .secret = {}, .first_pause = std::chrono::seconds(1)});
  webhooks_->report(event());
  for (uint64_t failed = 1; failed <= 2; ++failed) {
    pump_.until(
        [&] { return metrics_.value(counted_.retried) + 1 >= failed && ids_.size() >= failed; });
    pump_.until([&] {
      clock_.advance(std::chrono::seconds(1));
      return ids_.size() > failed;
    });
  }
  pump_.until([&] { return metrics_.value(counted_.delivered) == 1; });
  ASSERT_EQ(ids_.size(), 3U);
  EXPECT_EQ(ids_[0], ids_[2]);
  EXPECT_EQ(signatures_[0], "");
}

TEST_F(WebhooksTest, GiveUpWhereNobodyListens) {
  open({.url = "http://127.0.0.1:1/",
        .secret = {},
        .first_pause = std::chrono::seconds(1),
        .attempts_max = 2});
  webhooks_->report(event());
  pump_.until([&] {
    clock_.advance(std::chrono::seconds(1));
    return metrics_.value(counted_.given_up) == 1;
  });
  EXPECT_EQ(metrics_.value(counted_.retried), 1U);
}

TEST_F(WebhooksTest, HoldNoMoreThanTheyMay) {
  open({.url = "http://127.0.0.1:1/", .secret = {}, .waiting_max = 3});
  for (int i = 0; i < 5; ++i) webhooks_->report(event());
  EXPECT_EQ(metrics_.value(counted_.given_up), 2U);
}

TEST_F(WebhooksTest, SpeakNoOtherProtocol) {
  EXPECT_EQ(send({.url = "file:///etc/passwd", .secret = {}, .event_id = {}, .body = {}}, {})
                .error()
                .code,
            ErrorCode::kInvalid);
}

}  // namespace
}  // namespace millrace::media::live
