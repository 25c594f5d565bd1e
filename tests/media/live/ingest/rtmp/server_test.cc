#include "media/live/ingest/rtmp/server.h"

#include <gtest/gtest.h>

#include "media/flv/flv_reader.h"
#include "tests/http/loopback_client.h"
#include "tests/media/live/ingest/rtmp/collecting_desk.h"
#include "tests/media/live/ingest/rtmp/encoder.h"

namespace millrace::media::rtmp::test {
namespace {

using namespace std::chrono_literals;
using http::test::Client;
using http::test::Pump;

class RtmpServerTest : public ::testing::Test {
 protected:
  RtmpServerTest() : core_(std::move(*core::Core::create({}, clock_))), pump_(*core_) {}
  void TearDown() override {
    if (server_ != nullptr && !stopped_) core_->block_on(server_->stop());
    EXPECT_EQ(core_->recv_buffers().in_use(), 0) << "somebody kept a receive buffer";
    EXPECT_EQ(metrics_.value(counts_.connections), 0);
    EXPECT_EQ(metrics_.value(counts_.publishers), 0);
  }
  void start() {
    auto server = RtmpServer::start(
        *core_, {.desk = desk_, .metrics = counts_, .app = "live", .limits = limits_},
        {.host = "127.0.0.1", .port = 0});
    ASSERT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
  }
  Client connect_client() { return Client(pump_, server_->port()); }
  Client publisher() {
    Client client = connect_client();
    client.send(as_text(publish_from_the_start("secret")));
    pump_.until([&] { return desk_.asked > 0; });
    pump_.settle();
    return client;
  }
  void advance(std::chrono::nanoseconds by) {
    pump_.settle();
    clock_.advance(by);
    pump_.settle();
  }
  void pump_until_closed() {
    pump_.until([&] { return server_->connection_count() == 0; });
  }
  static Answers answers_of(std::string_view received) {
    return Answers(core::bytes_of(received), Answers::kHandshakeSize);
  }

  core::SimulatedClock clock_;
  std::unique_ptr<core::Core> core_;
  Pump pump_;
  core::Metrics metrics_;
  RtmpMetrics counts_{metrics_};
  RtmpLimits limits_;
  CollectingDesk desk_;
  std::unique_ptr<RtmpServer> server_;
  bool stopped_ = false;
};

TEST_F(RtmpServerTest, PassesOnWhatAnEncoderPublishes) {
  start();
  Client client = publisher();
  client.send(as_text(video(0, "key frame") + audio(5, "sound")));
  client.send(as_text(unpublish("secret")));
  pump_.until([&] { return desk_.only().finished; });
  client.close();
  pump_until_closed();
  const Publication& publication = desk_.only();
  EXPECT_EQ(publication.request.key, "secret");
  EXPECT_EQ(publication.request.container, live::IngestContainer::kFlv);
  EXPECT_EQ(publication.request.protocol, "rtmp");
  EXPECT_EQ(publication.request.peer, "127.0.0.1");
  flv::FlvReader reader;
  std::span<const std::byte> input = publication.bytes;
  EXPECT_EQ(as_text(reader.next(input).value()->body), "key frame");
  EXPECT_EQ(as_text(reader.next(input).value()->body), "sound");
  EXPECT_TRUE(reader.at_boundary());
  EXPECT_TRUE(publication.destroyed);
}

TEST_F(RtmpServerTest, TellsALostConnectionFromAnOrderlyEnd) {
  start();
  Client client = publisher();
  client.send(as_text(video(0, "key frame")));
  pump_.until([&] { return desk_.only().bytes.size() > 13; });
  client.close();
  pump_until_closed();
  EXPECT_FALSE(desk_.only().finished);
  EXPECT_TRUE(desk_.only().destroyed);
}

TEST_F(RtmpServerTest, TakesTheLastWordsOfAnEncoderThatReadsNoAnswers) {
  start();
  Client client = publisher();
  // Its socket goes with our answers unread, which resets the connection, before any is handled.
  client.send(as_text(video(0, std::string(3000, 'v')) + call("createStream", 9, {}) +
                      video(1, std::string(3000, 'v')) + unpublish("secret")));
  client.close();
  pump_until_closed();
  EXPECT_TRUE(desk_.only().finished);
  EXPECT_GT(desk_.only().bytes.size(), 6000U);
}

TEST_F(RtmpServerTest, TellsARefusedEncoderWhyAndCloses) {
  start();
  desk_.key = "another";
  Client client = connect_client();
  client.send(as_text(publish_from_the_start("secret") + video(0, std::string(100, 'v'))));
  const std::string received = client.read_to_end();
  EXPECT_EQ(answers_of(received).codes().back(), "NetStream.Publish.Unauthorized");
  client.close();
  pump_until_closed();
  EXPECT_EQ(metrics_.value(counts_.refused_publish), 1U);
}

TEST_F(RtmpServerTest, TellsASecondEncoderThatTheKeyIsInUse) {
  start();
  desk_.refusal = core::ErrorCode::kConflict;
  Client client = connect_client();
  client.send(as_text(publish_from_the_start("secret")));
  EXPECT_EQ(answers_of(client.read_to_end()).codes().back(), "NetStream.Publish.BadName");
}

TEST_F(RtmpServerTest, ClosesARefusedEncoderThatDoesNotGo) {
  start();
  desk_.key = "another";
  Client client = publisher();
  advance(limits_.linger_timeout + 10ms);
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(RtmpServerTest, TellsAnEncoderThatAnotherHasTakenOver) {
  start();
  Client client = publisher();
  desk_.taken_over = true;
  client.send(as_text(video(0, "key frame")));
  EXPECT_EQ(answers_of(client.read_to_end()).codes().back(), "NetStream.Publish.Denied");
  client.close();
  pump_until_closed();
  EXPECT_FALSE(desk_.only().finished);
}

TEST_F(RtmpServerTest, SlowsAnEncoderDownWhenTheFeedTakesNothing) {
  start();
  Client client = publisher();
  desk_.takes_nothing = true;
  const Bytes picture = video(0, std::string(60'000, 'v'));
  size_t sent = 0;
  while (sent < (size_t{64} << 20)) {
    const ssize_t size = ::send(client.fd(), picture.data(), picture.size(), MSG_DONTWAIT);
    if (size < 0) break;
    sent += static_cast<size_t>(size);
    pump_.settle();
    if (static_cast<size_t>(size) < picture.size()) break;
  }
  EXPECT_LT(sent, size_t{32} << 20) << "the sockets' buffers, and little more";
  EXPECT_FALSE(core_->recv_buffers().are_scarce());
  desk_.takes_nothing = false;
  desk_.takes.set();
  pump_.until([&] { return desk_.only().bytes.size() > sent * 9 / 10; });
}

TEST_F(RtmpServerTest, EndsAClientThatDoesNotPublishInTime) {
  start();
  Client silent = connect_client();
  Client slow = connect_client();
  slow.send(as_text(handshake() + connect()));
  advance(limits_.publish_timeout / 2);
  slow.send(as_text(call("createStream", 4, {})));
  advance(limits_.publish_timeout / 2 + 10ms);
  EXPECT_EQ(server_->connection_count(), 0U);
  EXPECT_EQ(metrics_.value(counts_.stalls), 2U);
}

TEST_F(RtmpServerTest, IG_09_EndsAPublisherThatHasFallenSilent) {
  start();
  Client client = publisher();
  advance(limits_.idle_timeout / 2);
  client.send(as_text(video(0, "v")));
  advance(limits_.idle_timeout / 2 + 10ms);
  EXPECT_EQ(server_->connection_count(), 1U);
  advance(limits_.idle_timeout);
  EXPECT_EQ(server_->connection_count(), 0U);
  EXPECT_TRUE(desk_.only().destroyed);
  EXPECT_FALSE(desk_.only().finished);
}

TEST_F(RtmpServerTest, DoesNotTakePingsForPictures) {
  start();
  Client client = publisher();
  const Bytes ping = message(
      {.type = MessageType::kUserControl, .body = std::as_bytes(std::span("\0\6\0\0\0", 6))});
  for (int i = 0; i < 4; ++i) {
    client.send(as_text(ping));
    advance(limits_.idle_timeout / 3);
  }
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(RtmpServerTest, WritesNoKeyIntoTheLog) {
  start();
  ::testing::internal::CaptureStderr();
  publisher().send(as_text(unpublish("secret")));
  pump_until_closed();
  desk_.key = "another";
  publisher();
  pump_until_closed();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("rtmp.published"), std::string::npos);
  EXPECT_NE(log.find("rtmp.refused"), std::string::npos);
  EXPECT_EQ(log.find("secret"), std::string::npos) << log;
}

TEST_F(RtmpServerTest, EndsAClientThatSpeaksAnotherProtocol) {
  start();
  Client client = connect_client();
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read_to_end(), "");
  pump_until_closed();
  EXPECT_EQ(metrics_.value(counts_.broken), 1U);
}

TEST_F(RtmpServerTest, RefusesConnectionsOverItsLimits) {
  limits_.connection_count_max_per_address = 2;
  start();
  Client first = connect_client();
  Client second = connect_client();
  pump_.settle();
  Client third = connect_client();
  EXPECT_EQ(third.read_to_end(), "");
  EXPECT_EQ(metrics_.value(counts_.refused), 1U);
  first.close();
  pump_.until([&] { return server_->connection_count() == 1; });
  Client fourth = publisher();
  EXPECT_EQ(desk_.publications.size(), 1U);
}

TEST_F(RtmpServerTest, EndsEverybodyWhenItStopsWhateverTheyWaitFor) {
  start();
  Client publishing = publisher();
  desk_.takes_nothing = true;
  publishing.send(as_text(video(0, "key frame")));
  pump_.settle();
  desk_.thinks = true;
  Client asking = connect_client();
  asking.send(as_text(publish_from_the_start("secret")));
  pump_.until([&] { return desk_.asked == 2; });
  Client silent = connect_client();
  pump_.until([&] { return server_->connection_count() == 3; });
  core_->block_on(server_->stop());
  stopped_ = true;
  EXPECT_EQ(server_->connection_count(), 0U);
  EXPECT_TRUE(desk_.only().destroyed);
  EXPECT_FALSE(desk_.only().finished);
}

TEST_F(RtmpServerTest, ForgetsAClientThatLeavesWhileItIsJudged) {
  start();
  desk_.thinks = true;
  Client client = publisher();
  client.close();
  pump_.settle();
  desk_.decided.set();
  pump_until_closed();
}

TEST_F(RtmpServerTest, TakesAnotherPublicationOnTheSameConnection) {
  start();
  Client client = publisher();
  client.send(as_text(unpublish("secret") + publish("secret") + video(7, "again")));
  pump_.until([&] { return desk_.publications.size() == 2; });
  pump_.until([&] { return desk_.publications[1]->bytes.size() > 13; });
  EXPECT_TRUE(desk_.publications[0]->finished);
  EXPECT_FALSE(desk_.publications[1]->finished);
}

}  // namespace
}  // namespace millrace::media::rtmp::test
